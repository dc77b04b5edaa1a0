package main

import (
	"bytes"
	"context"
	"crypto/x509"
	"fmt"
	"os"
	"time"

	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/wallet"
)

// askTime caps what asking an issuer's site for its key may take.
const askTime = 20 * time.Second

type importCommand struct {
	File    string `arg:"" type:"path" help:"The credential, as its issuer made it: JSON with a proof, or an SD-JWT."`
	Receipt string `type:"path" placeholder:"FILE" help:"Receipt of the issuer's log for it. Default: the file beside it whose name has .receipt after it, if there is one."`
	CA      string `name:"ca" type:"path" placeholder:"FILE" help:"Trust the certificates in this PEM file too, besides those of the system, when the issuer's site is asked for its key."`
	Anchors string `type:"path" placeholder:"FILE" help:"Authorities, in PEM, whose certificates speak for issuers of SD-JWT VC."`
}

// Help returns what --help shows below the flags' summary.
func (importCommand) Help() string {
	return `Take a credential from a file, if it is yours and its issuer's signature is good; for
that the issuer's site may be asked for its key. Whether it was revoked is not looked at.

Example:

  chancery-wallet import title.sd-jwt`
}

// Run stores the credential.
func (i *importCommand) Run(e *env) error {
	w, err := wallet.Open(e.dir)
	if err != nil {
		return err
	}
	data, err := i.read()
	if err != nil {
		return err
	}
	policy, err := i.policy(e.now())
	if err != nil {
		return err
	}
	if policy.Receipts, err = readReceipts(i.Receipt, i.File); err != nil {
		return err
	}
	received, err := wallet.Check(context.Background(), data, policy)
	if err != nil {
		return err
	}
	if received.Report().Verified() == nil {
		return fmt.Errorf("%w: %s", wallet.ErrNotAccepted, received.Report().Reason())
	}
	entry, err := w.Add(received)
	if err != nil {
		return err
	}
	return writeStored(e.stdout, entry, "signed by its issuer, for you")
}

// read returns the credential without the line's end that editors add.
func (i *importCommand) read() ([]byte, error) {
	file, err := os.Open(i.File)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := web.ReadBody(file, credential.MaxBytes)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", i.File, err)
	}
	return bytes.TrimRight(data, "\r\n"), nil
}

// policy wants what can be known of a credential when it is taken.
func (i *importCommand) policy(now time.Time) (verifier.Policy, error) {
	policy := verifier.Policy{
		Now:        now,
		Issuer:     verifier.Ignore[string](),
		Domain:     verifier.Ignore[string](),
		Challenge:  verifier.Ignore[string](),
		Status:     verifier.Ignore[string](),
		Freshness:  verifier.Ignore[time.Duration](),
		LogReceipt: verifier.Ignore[string](),
	}
	roots, err := readRoots(i.CA)
	if err != nil {
		return policy, err
	}
	fetch := did.Fetcher(web.NewClient(roots, askTime))
	policy.Resolver = did.First{did.WebResolver{Fetch: fetch}, did.HTTPSResolver{Fetch: fetch}}
	policy.IssuerMetadata = fetch
	if i.Anchors == "" {
		return policy, nil
	}
	pem, err := os.ReadFile(i.Anchors)
	if err != nil {
		return policy, fmt.Errorf("read --anchors: %w", err)
	}
	policy.Anchors = x509.NewCertPool() // without those of the system, which speak for web servers
	if !policy.Anchors.AppendCertsFromPEM(pem) {
		return policy, fmt.Errorf("read --anchors %s: there is no certificate in PEM form", i.Anchors)
	}
	return policy, nil
}
