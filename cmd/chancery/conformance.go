package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/issuer/conformance"
	"github.com/chancery-vc/chancery/wallet/wallethttp"
)

type conformanceCommand struct {
	Listen string `default:"127.0.0.1:40443" help:"Loopback address and port to serve on; port 0 for any that is free."`
	JSON   bool   `name:"json" help:"Print what is where as JSON, for the localConfig.cjs of a suite."`
}

func (conformanceCommand) Help() string {
	return "It signs what anybody on this machine sends, by keys that it makes now and forgets when it ends.\nNothing that it signs means anything. Suites: see conformance/suites/README.md.\n\nExample:\n  chancery conformance-server --json > manifest.json"
}

const conformanceWarning = `
  THIS IS NO ISSUER. It signs whatever it is sent, for anybody on this machine,
  without a log, by keys that are thrown away. It is for tests of conformance.

`

func (c conformanceCommand) Run(ctx context.Context, s streams) error {
	listener, err := listenLoopback(c.Listen)
	if err != nil {
		return err
	}
	fmt.Fprint(s.err, conformanceWarning)
	log := slog.New(slog.NewJSONHandler(s.err, nil))
	conformant, err := conformance.New(conformance.Environment{
		URL: "https://" + listener.Addr().String(), Now: time.Now, Random: rand.Reader, Log: log, Derive: wallethttp.Derive,
	})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	server := web.NewServer(conformant, log)
	if err := selfCertify(server, listener); err != nil {
		return errors.Join(err, listener.Close())
	}
	if err := c.announce(s.out, conformant.Manifest); err != nil {
		return errors.Join(err, listener.Close())
	}
	return serveUntil(ctx, server, listener)
}

// listenLoopback refuses an address that others can reach.
func listenLoopback(address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("--listen: %w", err)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("--listen: %s is not a loopback address, such as 127.0.0.1:40443: nobody else may reach what signs for anybody", address)
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen: %w; choose another port with --listen", err)
	}
	return listener, nil
}

// selfCertify makes a certificate for the server's address.
func selfCertify(server *http.Server, listener net.Listener) error {
	host, _, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return err
	}
	certificate, key, err := web.SelfSigned(host, time.Now(), rand.Reader)
	if err != nil {
		return err
	}
	pair, err := tls.X509KeyPair(certificate, key)
	server.TLSConfig.Certificates = []tls.Certificate{pair}
	return err
}

func (c conformanceCommand) announce(w io.Writer, m conformance.Manifest) error {
	if c.JSON {
		if err := json.MarshalWrite(w, m, jsontext.WithIndent("  ")); err != nil {
			return err
		}
		_, err := fmt.Fprintln(w)
		return err
	}
	for _, group := range []struct {
		name      string
		endpoints []conformance.Endpoint
	}{
		{"issuer", m.Issuers},
		{"verifier of credentials", m.Verifiers},
		{"verifier of presentations", m.VPVerifiers},
		{"resolver", m.DIDResolvers},
		{"holder", m.VCHolders},
	} {
		for _, e := range group.endpoints {
			fmt.Fprintf(w, "%-25s  %s\n", group.name, e.Endpoint)
		}
	}
	return nil
}

// serveUntil serves until ctx ends.
func serveUntil(ctx context.Context, server *http.Server, listener net.Listener) error {
	failed := make(chan error, 1)
	go func() { failed <- server.ServeTLS(listener, "", "") }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return shutdown([]*http.Server{server})
	}
}
