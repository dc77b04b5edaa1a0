package main

import (
	"context"

	"github.com/chancery-vc/chancery/wallet"
)

type deriveCommand struct {
	ID   string   `arg:"" help:"The credential's id, or the start or end of it."`
	Show []string `required:"" sep:"none" placeholder:"POINTER" help:"What to show of it: a JSON pointer, such as /credentialSubject/birthDate. May be given again."`
	Out  string   `default:"-" type:"path" placeholder:"FILE" help:"Write to this new file instead of the standard output."`
}

// Help returns what --help shows below the flags' summary.
func (deriveCommand) Help() string {
	return `Write out a part of one credential, with a proof that it is a part of what its issuer
signed. It shows what you name, and what the issuer wants shown in any case. What that is
is written to the standard error first. The credential in the wallet stays whole.

Example:

  chancery-wallet derive 3f9c02d1 --show /credentialSubject/birthDate --out birthdate.json`
}

// Run derives the credential.
func (d *deriveCommand) Run(e *env) error {
	w, err := wallet.Open(e.dir)
	if err != nil {
		return err
	}
	entry, err := w.Get(d.ID)
	if err != nil {
		return err
	}
	shown, err := entry.Derive(context.Background(), d.Show)
	if err != nil {
		return err
	}
	if err := writeShown(e.stderr, shown); err != nil {
		return err
	}
	return e.place(d.Out, shown.Bytes())
}
