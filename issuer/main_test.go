package issuer_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/issuerhttp"
	"github.com/chancery-vc/chancery/issuer/oid4vci"
)

// The crash tests run this binary again, as a child that they kill. These
// variables say what the child does, and in which folder.
const (
	envChild  = "CHANCERY_TEST_CHILD"
	envFolder = "CHANCERY_TEST_FOLDER"

	childBatch = "batch" // issues all into the folder out
	childAgain = "again" // issues again what the revoked key signed, into the folder out
	childServe = "serve" // serves wallets on a port that it prints, and the operator on a socket
)

// Names within the folder of a child.
const (
	outFolder  = "out"
	socketFile = "o.sock"
)

func TestMain(m *testing.M) {
	child, ok := map[string]func(context.Context, *issuer.Issuer, string) error{
		childBatch: runBatch, childAgain: runAgain, childServe: runServer, childAsk: runAsking,
	}[os.Getenv(envChild)]
	if !ok {
		code := m.Run()
		server.Stop()
		os.Exit(code)
	}
	if err := runChild(context.Background(), os.Getenv(envFolder), child); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func runChild(ctx context.Context, dir string, run func(context.Context, *issuer.Issuer, string) error) error {
	c, err := config.Load(filepath.Join(dir, issuertest.ConfigFile))
	if err != nil {
		return err
	}
	i, err := issuer.Open(ctx, c, issuer.Environment{Now: time.Now, Random: rand.Reader})
	if err != nil {
		return err
	}
	return errors.Join(run(ctx, i, dir), i.Close())
}

func runBatch(ctx context.Context, i *issuer.Issuer, dir string) error {
	fmt.Println("open")
	result, err := i.IssueAll(ctx, issuer.Batch{Profile: birth, Dir: filepath.Join(dir, outFolder)})
	if err == nil && result.Failed > 0 {
		err = fmt.Errorf("%+v", result)
	}
	return err
}

func runAgain(ctx context.Context, i *issuer.Issuer, dir string) error {
	fmt.Println("open")
	keys, err := i.Keys()
	if err != nil {
		return err
	}
	n := slices.IndexFunc(keys, func(k issuer.KeyInfo) bool { return k.Status == issuer.KeyRevoked })
	good, err := stillGood(i, keys[n].Method)
	if err != nil {
		return err
	}
	_, err = i.Reissue(ctx, issuer.Reissue{Method: keys[n].Method, Formers: good, Dir: filepath.Join(dir, outFolder), Tell: func(what issuer.Reissued) {
		if what.Err != nil {
			fmt.Fprintln(os.Stderr, what)
		}
	}})
	return err
}

func runServer(_ context.Context, i *issuer.Issuer, dir string) error {
	service, err := oid4vci.New(i)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	public, err := issuerhttp.Public(i, service, log)
	if err != nil {
		return err
	}
	wallets, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	socket := filepath.Join(dir, socketFile)
	_ = os.Remove(socket) // of the child before
	operator, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	fmt.Println(wallets.Addr())
	go func() { _ = http.Serve(operator, issuerhttp.Operator(i, service, log)) }()
	return http.Serve(wallets, public)
}
