package main

import (
	"fmt"

	"github.com/chancery-vc/chancery/wallet"
)

type initCommand struct{}

// Help returns what --help shows below the flags' summary.
func (initCommand) Help() string {
	return `Make the wallet's folder and a new key, and print the identifier by which issuers
will know you. Keep a copy of key.pem: without it nothing you hold is of use.

Example:

  chancery-wallet --wallet ~/papers init`
}

// Run makes the wallet.
func (initCommand) Run(e *env) error {
	w, err := wallet.Create(e.dir, e.random)
	if err != nil {
		return err
	}
	fmt.Fprintf(e.stderr, "The wallet is %s; keep a copy of it. Issuers know you as:\n", e.dir)
	_, err = fmt.Fprintln(e.stdout, w.DID())
	return err
}
