package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/verifier/verifierhttp"
)

// stopTime is how long requests that are under way may take to end.
const stopTime = 10 * time.Second

// identifiersPath is where identifiers are resolved.
const identifiersPath = "/1.0/identifiers"

type serveCmd struct {
	Listen            string   `placeholder:"ADDRESS" default:"127.0.0.1:8444" help:"Address and port to listen on (default: 127.0.0.1:8444)."`
	TLSCertificate    string   `name:"tls-certificate" placeholder:"FILE" help:"Certificate chain, PEM."`
	TLSKey            string   `name:"tls-key" placeholder:"FILE" help:"Key of the certificate, PEM."`
	TokenFile         string   `placeholder:"FILE" help:"File with the token that callers must show; nobody but its owner may read it."`
	NoTLSOnLoopback   bool     `name:"no-tls-on-loopback" help:"Serve without TLS, to a proxy on this machine that ends it."`
	NoTokenOnLoopback bool     `name:"no-token-on-loopback" help:"Serve whoever can reach this machine's own address, but no page of another site in a browser."`
	Host              []string `placeholder:"NAME" help:"With --no-token-on-loopback: a name by which a proxy on this machine asks, in the header Host. Can be repeated."`
	trust
}

// Help is what kong shows below the flags' summary.
func (serveCmd) Help() string {
	return `Verifies what is posted to /credentials/verify and /presentations/verify, and resolves
did:key identifiers at ` + identifiersPath + `/. Bundles and contexts are read again while it
runs: to give it newer ones, replace the files.

Example:

  head -c 32 /dev/urandom | base64 > token && chmod 600 token
  chancery-verifier serve --listen 127.0.0.1:8444 --tls-certificate tls.pem --tls-key tls-key.pem \
      --token-file token --issuer did:key:z6Mk... --bundle registry.bundle`
}

// Run serves until it is interrupted.
func (c *serveCmd) Run(ctx context.Context, s streams, now clock) error {
	log := slog.New(slog.NewJSONHandler(s.err, nil))
	kept, err := keep(&c.trust, now, log)
	if err != nil {
		return err
	}
	handler := verifierhttp.New(kept.current, verifierhttp.Options{Identifiers: identifiersPath, Log: log})
	if handler, err = c.guard(handler, log); err != nil {
		return err
	}
	server := web.NewServer(handler, log)
	if err := c.certify(server, log); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("--listen %s: %w; choose another address or port, or stop what uses it", c.Listen, err)
	}
	return c.serve(ctx, s, server, listener, log)
}

// guard lets nobody through to handler without the token, unless that is
// turned off.
func (c *serveCmd) guard(handler http.Handler, log *slog.Logger) (http.Handler, error) {
	if c.NoTokenOnLoopback {
		return web.Loopback(handler, c.Host, log), c.onlyLoopback("--no-token-on-loopback")
	}
	if len(c.Host) > 0 {
		return nil, errors.New("--host is for --no-token-on-loopback: with a token every host is answered")
	}
	if c.TokenFile == "" {
		return nil, errors.New("give --token-file FILE with the token that callers must show, or --no-token-on-loopback to serve every program on this machine")
	}
	token, err := readToken(c.TokenFile)
	if err != nil {
		return nil, fmt.Errorf("--token-file: %w", err)
	}
	return web.RequireBearer(token, handler, log), nil
}

// certify gives the server its certificate, unless TLS is turned off.
func (c *serveCmd) certify(server *http.Server, log *slog.Logger) error {
	if c.NoTLSOnLoopback {
		return c.onlyLoopback("--no-tls-on-loopback")
	}
	if c.TLSCertificate == "" || c.TLSKey == "" {
		return errors.New("give --tls-certificate FILE and --tls-key FILE, or --no-tls-on-loopback behind a proxy on this machine that ends TLS")
	}
	certificate, err := web.LoadCertificate(c.TLSCertificate, c.TLSKey, time.Now, log)
	if err != nil {
		return fmt.Errorf("--tls-certificate, --tls-key: %w", err)
	}
	server.TLSConfig.GetCertificate = certificate.Get
	return nil
}

// onlyLoopback wants that only this machine can reach the service.
func (c *serveCmd) onlyLoopback(flag string) error {
	host, _, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("%s: %s is not a loopback address, such as 127.0.0.1:8444", flag, c.Listen)
	}
	return nil
}

func (c *serveCmd) serve(ctx context.Context, s streams, server *http.Server, listener net.Listener, log *slog.Logger) error {
	failed := make(chan error, 1)
	scheme := "https"
	if c.NoTLSOnLoopback {
		scheme = "http"
		go func() { failed <- server.Serve(listener) }()
	} else {
		go func() { failed <- server.ServeTLS(listener, "", "") }()
	}
	fmt.Fprintf(s.out, "The verifier is served on %s://%s\n", scheme, listener.Addr())
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
		log.Info("stopping")
	}
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	return server.Shutdown(ending)
}
