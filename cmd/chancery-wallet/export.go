package main

import (
	"fmt"

	"github.com/chancery-vc/chancery/wallet"
)

type exportCommand struct {
	ID  string `arg:"" help:"The credential's id, or the start or end of it."`
	Out string `type:"path" placeholder:"FILE" help:"Write to this new file instead of the standard output."`
	// Base is not asked for by accident.
	Base bool `help:"Write out a credential of which parts can be shown. It is for you alone: a copy, or another wallet of yours."`
}

// Help returns what --help shows below the flags' summary.
func (exportCommand) Help() string {
	return `Write out one credential, byte for byte as its issuer sent it, for a verifier.

Example:

  chancery-wallet export 3f9c02d1 --out birth.json`
}

// Run writes the credential.
func (x *exportCommand) Run(e *env) error {
	w, err := wallet.Open(e.dir)
	if err != nil {
		return err
	}
	entry, err := w.Get(x.ID)
	if err != nil {
		return err
	}
	if entry.Selective() && !x.Base {
		return fmt.Errorf("%w; to copy it for yourself, use --base", wallet.ErrBase)
	}
	if x.Out == "" {
		_, err = e.stdout.Write(entry.Bytes())
	} else if err = entry.Export(x.Out); err == nil {
		err = e.placeReceipts(x.Out, []wallet.Entry{entry})
	}
	if err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}
