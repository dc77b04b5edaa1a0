package main

import (
	"cmp"
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/wallet"
	"github.com/chancery-vc/chancery/wallet/oid4vci"
)

type acceptCommand struct {
	Offer  string `arg:"" name:"offer-uri" help:"The offer, as the issuer gave it to you, in quotes."`
	TxCode string `placeholder:"CODE" help:"The transaction code that came with the offer. If it is needed and not given, you are asked for it."`
	CA     string `name:"ca" type:"path" placeholder:"FILE" help:"Trust the certificates in this PEM file too, besides those of the system."`
	Yes    bool   `help:"Accept without being asked."`
}

// Help returns what --help shows below the flags' summary.
func (acceptCommand) Help() string {
	return `Show who offers what, and after you agreed fetch the credential, verify it and store
it. An offer can be taken once.

Example:

  chancery-wallet accept 'openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fregistry.example%2Foffers%2F1' --tx-code 493536`
}

// Run takes the offer.
func (a *acceptCommand) Run(e *env) error {
	ctx := context.Background() // an interrupt ends the program; files appear whole or not at all
	w, err := wallet.Open(e.dir)
	if err != nil {
		return err
	}
	roots, err := readRoots(a.CA)
	if err != nil {
		return err
	}
	proposal, err := oid4vci.New(roots, e.now).Open(ctx, a.Offer)
	if err != nil {
		return err
	}
	code, err := a.confirm(e, proposal)
	if err != nil {
		return err
	}
	received, err := proposal.Accept(ctx, oid4vci.Key{ID: w.KeyID(), Signer: w.Signer()}, code)
	if err != nil {
		return err
	}
	entry, err := w.Add(received)
	if err != nil {
		return err
	}
	return writeStored(e.stdout, entry, "signed by its issuer, for you, as offered")
}

// readRoots returns the certificates to trust, or nil for those of the system.
func readRoots(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read --ca: %w", err)
	}
	roots, err := web.Roots(pem)
	if err != nil {
		return nil, fmt.Errorf("read --ca %s: %w", file, err)
	}
	return roots, nil
}

// confirm shows the proposal, and returns the transaction code once the holder
// agreed.
func (a *acceptCommand) confirm(e *env, p *oid4vci.Proposal) (string, error) {
	if err := writeProposal(e.stdout, p); err != nil {
		return "", err
	}
	if !a.Yes {
		if err := e.agree("Accept it? [y/N]", errDeclined); err != nil {
			return "", err
		}
	}
	if a.TxCode == "" && p.TxCode != nil {
		return e.askTxCode(p.TxCode)
	}
	return a.TxCode, nil
}

func writeProposal(out io.Writer, p *oid4vci.Proposal) error {
	issuer, code := p.Hosts()
	rows := []row{{"Offered", cmp.Or(p.Name, p.Types[len(p.Types)-1])}, {"types", strings.Join(p.Types, ", ")}, {"by", issuer}}
	if p.IssuerName != "" {
		rows = append(rows, row{"", "which calls itself " + p.IssuerName})
	}
	if code != issuer {
		rows = append(rows, row{"code goes to", code})
	}
	return writeRows(out, "", rows)
}

func writeStored(out io.Writer, entry wallet.Entry, checked string) error {
	u := entry.Credential
	return writeRows(out, "", []row{
		{"Stored", title(u)},
		{"id", entry.ID},
		{"issuer", u.Issuer},
		{"valid", validity(u)},
		{"file", entry.Path},
		{"checked", string(verifier.VerdictAccepted) + ": " + checked},
	})
}
