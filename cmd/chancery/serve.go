package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/issuerhttp"
)

// stopTime is how long requests that are under way may take to end.
const stopTime = 10 * time.Second

type serveCommand struct {
	configured
	NoTLSOnLoopback bool `name:"no-tls-on-loopback" help:"Serve without TLS, to a proxy on this machine that ends it."`
}

func (serveCommand) Help() string {
	return "Example:\n  chancery serve --config registry/chancery.yaml"
}

func (c serveCommand) Run(ctx context.Context, s streams) error {
	loaded, err := c.load()
	if err != nil {
		return err
	}
	if err := c.checkTLS(loaded); err != nil {
		return err
	}
	change := make(chan os.Signal, 1)
	signal.Notify(change, syscall.SIGHUP)
	defer signal.Stop(change)
	k := newKeeper(s, c.configured)
	stop, err := k.trace(ctx)
	if err != nil {
		return err
	}
	defer stop()
	if k.gate.now, err = k.open(ctx, loaded); err != nil {
		return err
	}
	err = c.serve(ctx, s, k, change)
	return errors.Join(err, k.gate.current().Close())
}

// checkTLS: TLS is on, unless it is turned off for a loopback address.
func (c serveCommand) checkTLS(loaded *config.Config) error {
	if !c.NoTLSOnLoopback {
		if loaded.TLS.Certificate == "" {
			return errors.New("tls: name a certificate in the configuration; behind a proxy on this machine that ends TLS, add --no-tls-on-loopback")
		}
		return nil
	}
	if loaded.Access.ClientCA != "" {
		return errors.New("--no-tls-on-loopback: access.client_ca needs TLS that ends here: what a proxy says of a certificate is not believed")
	}
	return onLoopback(loaded.Listen)
}

// onLoopback returns an error unless nobody but this machine can reach listen.
func onLoopback(listen string) error {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("--no-tls-on-loopback: %s is not a loopback address", listen)
	}
	return nil
}

func (c serveCommand) serve(ctx context.Context, s streams, k *keeper, change <-chan os.Signal) error {
	l := k.gate.current().local
	loaded, log := l.Config(), k.log
	server := web.NewServer(k.gate.handler(func(g *generation) http.Handler { return g.public }), log)
	if err := c.certify(server, loaded, k); err != nil {
		return err
	}
	askForCertificates(server, l.Access().ClientAuthorities())
	public, err := net.Listen("tcp", loaded.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w; choose another address or port under listen, or stop what uses it", err)
	}
	socket, err := listenSocket(socketPath(loaded))
	if err != nil {
		return errors.Join(err, public.Close())
	}
	servers := []*http.Server{
		server,
		// A long list of the operator's may take longer than any limit.
		{Handler: issuerhttp.Reloading(k.gate.handler(func(g *generation) http.Handler { return g.operator }), k.reload), ReadHeaderTimeout: stopTime},
	}
	operations := operationsServer(k, loaded.Operations.Listen)
	if operations != nil {
		servers = append(servers, operations)
	}
	failed := make(chan error, len(servers))
	go func() {
		if c.NoTLSOnLoopback {
			failed <- server.Serve(public)
			return
		}
		failed <- server.ServeTLS(public, "", "")
	}()
	go func() { failed <- servers[1].Serve(socket) }()
	if operations != nil {
		go func() { failed <- serveOperations(operations) }()
	}
	fmt.Fprintf(s.out, "%s is served on %s as %s\n", loaded.URL, public.Addr(), l.ID())
	err = k.keep(ctx, failed, change)
	return errors.Join(err, shutdown(servers), os.Remove(socketPath(loaded)))
}

// certify gives the server its certificate before anybody is told of it.
func (c serveCommand) certify(server *http.Server, loaded *config.Config, k *keeper) error {
	if c.NoTLSOnLoopback {
		return nil
	}
	certificate, err := certificateOf(loaded, k.log)
	if err != nil {
		return err
	}
	k.figures.Certificate(certificate.Expires)
	server.TLSConfig.GetCertificate = certificate.Get
	return nil
}

// certificateOf reads the configured certificate and its key.
func certificateOf(loaded *config.Config, log *slog.Logger) (*web.Certificate, error) {
	return web.LoadCertificate(loaded.Path(loaded.TLS.Certificate), loaded.Path(loaded.TLS.Key), time.Now, log)
}

// listenSocket listens where only this account can connect: the socket gets
// its mode before it gets its name. Whatever socket is left there belongs to
// nobody: the state, which is open, has one owner.
func listenSocket(path string) (net.Listener, error) {
	draft := path + ".new"
	if err := os.Remove(draft); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("socket: %w", err)
	}
	socket, err := net.ListenUnix("unix", &net.UnixAddr{Name: draft, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("socket: %w (a path of a socket has at most about 100 characters)", err)
	}
	socket.SetUnlinkOnClose(false) // it has another name by then
	if err := errors.Join(os.Chmod(draft, 0o600), os.Rename(draft, path)); err != nil {
		return nil, errors.Join(fmt.Errorf("socket: %w", err), socket.Close())
	}
	return socket, nil
}

func shutdown(servers []*http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTime)
	defer cancel()
	var errs []error
	for _, server := range servers {
		errs = append(errs, server.Shutdown(ctx))
	}
	return errors.Join(errs...)
}
