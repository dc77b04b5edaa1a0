package main

import (
	"context"
	"crypto"
	"fmt"
	"log/slog"
	"os"
	"time"

	"golang.org/x/term"

	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/config"
)

// prompt asks at the terminal, and does not show what is typed; it is nil where
// there is no terminal.
func prompt(s streams) func(string) (string, error) {
	input, ok := s.in.(*os.File)
	if !ok || !term.IsTerminal(int(input.Fd())) {
		return nil
	}
	return func(question string) (string, error) {
		fmt.Fprint(s.err, question, " ")
		defer fmt.Fprintln(s.err)
		typed, err := term.ReadPassword(int(input.Fd()))
		return string(typed), err
	}
}

// openSigningKey opens the signing key for a command that needs nothing else of
// the issuer.
func openSigningKey(c *config.Config) (crypto.Signer, error) {
	return issuer.OpenSigningKey(context.Background(), c, environment(streams{in: os.Stdin, err: os.Stderr}))
}

// testKeys has the keys sign, again and again.
func testKeys(ctx context.Context, i *issuer.Issuer, log *slog.Logger) {
	ticker := time.NewTicker(i.Config().SelfTest.Std())
	defer ticker.Stop()
	failed := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		err := i.SelfTest(ctx)
		if err != nil {
			log.Error("the self-test of the keys failed: no answer can be signed", "error", err)
		} else if failed {
			log.Info("the keys sign again")
		}
		failed = err != nil
	}
}
