package main

import (
	"context"
	"crypto"
	"fmt"
	"os"

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
