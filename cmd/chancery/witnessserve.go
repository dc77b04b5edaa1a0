package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/issuer/witness"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

type witnessServeCommand struct {
	Folder          string `arg:"" help:"Folder of the witness."`
	Listen          string `default:"127.0.0.1:8480" help:"Address and port to serve on."`
	Certificate     string `help:"TLS certificate chain, PEM. Default: tls/certificate.pem in the folder." placeholder:"FILE"`
	Key             string `help:"Its key, PEM. Default: tls/key.pem in the folder." placeholder:"FILE"`
	NoTLSOnLoopback bool   `name:"no-tls-on-loopback" help:"Serve without TLS, to a proxy on this machine that ends it."`
}

func (witnessServeCommand) Help() string {
	return "Logs send their checkpoints to /add-checkpoint (C2SP tlog-witness). Anybody reads the longest one of a\nlog at /HASH/checkpoint, with the SHA-256 of its origin in hexadecimal.\n\nExample:\n  chancery witness serve county --listen :443 --certificate chain.pem --key key.pem"
}

func (c witnessServeCommand) Run(ctx context.Context, s streams) error {
	log := slog.New(slog.NewJSONHandler(s.err, nil))
	if c.NoTLSOnLoopback {
		if err := onLoopback(c.Listen); err != nil {
			return err
		}
	}
	state, err := store.Open(filepath.Join(c.Folder, witnessState))
	if errors.Is(err, store.ErrLocked) {
		err = errors.New("another process has the state of this witness open; stop it first")
	}
	if err != nil {
		return err
	}
	err = c.serve(ctx, s, state, log)
	return errors.Join(err, state.Close())
}

func (c witnessServeCommand) serve(ctx context.Context, s streams, state *store.Store, log *slog.Logger) error {
	w, identity, err := c.open(state)
	if err != nil {
		return err
	}
	server := web.NewServer(witness.Handler(w, log), log)
	if err := c.certify(server, log); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w; choose another address or port with --listen, or stop what uses it", err)
	}
	failed := make(chan error, 1)
	go func() {
		if c.NoTLSOnLoopback {
			failed <- server.Serve(listener)
			return
		}
		failed <- server.ServeTLS(listener, "", "")
	}()
	fmt.Fprintf(s.out, "%s is served on %s\n", identity.Name, listener.Addr())
	select {
	case err = <-failed:
	case <-ctx.Done():
		log.Info("stopping")
	}
	return errors.Join(err, shutdown([]*http.Server{server}))
}

// open reads who the witness is, and which logs it witnesses.
func (c witnessServeCommand) open(state *store.Store) (*witness.Witness, logproof.Witness, error) {
	signer, err := key.Load(filepath.Join(c.Folder, witnessKey))
	if err != nil {
		return nil, logproof.Witness{}, fmt.Errorf("%w; set the witness up with chancery witness init", err)
	}
	path := filepath.Join(c.Folder, witnessVKey)
	vkey, err := os.ReadFile(path)
	if err != nil {
		return nil, logproof.Witness{}, err
	}
	identity, err := logproof.ParseWitness(strings.TrimSuffix(string(vkey), "\n"))
	if err != nil {
		return nil, logproof.Witness{}, fmt.Errorf("%s: %w", path, err)
	}
	_, logs, err := readLogs(filepath.Join(c.Folder, witnessLogs))
	if err == nil && len(logs) == 0 {
		err = errors.New("there is no log to witness: add one with chancery witness add-log")
	}
	if err != nil {
		return nil, logproof.Witness{}, err
	}
	w, err := witness.New(identity, signer, state, time.Now, logs)
	return w, identity, err
}

func (c witnessServeCommand) certify(server *http.Server, log *slog.Logger) error {
	if c.NoTLSOnLoopback {
		return nil
	}
	chain, secret := c.Certificate, c.Key
	if chain == "" && secret == "" {
		chain, secret = filepath.Join(c.Folder, tlsFolder, "certificate.pem"), filepath.Join(c.Folder, tlsFolder, "key.pem")
	}
	certificate, err := web.LoadCertificate(chain, secret, time.Now, log)
	if err != nil {
		return fmt.Errorf("%w; name a certificate with --certificate and --key; behind a proxy on this machine that ends TLS, add --no-tls-on-loopback", err)
	}
	server.TLSConfig.GetCertificate = certificate.Get
	return nil
}
