package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/chancery-vc/chancery/internal/durable"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

type logReceiptCommand struct {
	logFile
	Credential string `arg:"" help:"Identifier of a credential, or number of the record that it was answered with."`
	Out        string `short:"o" type:"path" required:"" placeholder:"FILE" help:"Write it to this new file: that of the credential, with .receipt after its name."`
}

func (logReceiptCommand) Help() string {
	return "Makes the receipt for a credential again: that it is in the log, and nothing else of its record. Its\nholder got one with it, and a relying party can want it.\n\nExample:\n  chancery log receipt urn:uuid:... --out birth.json.receipt"
}

func (c logReceiptCommand) Run(ctx context.Context, _ streams) error {
	loaded, err := c.load()
	if err != nil {
		return err
	}
	signer, err := openSigningKey(loaded)
	if err != nil {
		return err
	}
	var r logproof.Receipt
	err = c.read(ctx, func(tx *store.Tx) error {
		sequence, err := logProveCommand{Record: c.Credential}.sequence(tx)
		if err != nil {
			return err
		}
		root, err := issuer.SignRoot(tx, loaded, signer, time.Now())
		if err != nil {
			return err
		}
		r, err = issuancelog.Receipt(tx, sequence, root)
		return err
	})
	if errors.Is(err, issuancelog.ErrNoReceipt) {
		return no(fmt.Sprintf("record %s: %v: it released nothing, or is from before there were receipts", c.Credential, err))
	}
	if err != nil {
		return err
	}
	data, err := r.Encode()
	if err != nil {
		return err
	}
	err = durable.Place(c.Out, data, 0o644, durable.RenameNew)
	if errors.Is(err, fs.ErrExist) {
		err = fmt.Errorf("%s: %w: move it away, or name another file", c.Out, fs.ErrExist)
	}
	return err
}
