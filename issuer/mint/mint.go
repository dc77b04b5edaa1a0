// Package mint makes credentials: claims in, signed and self-verified bytes
// out.
//
// A credential is compact JSON; the order of its members is that of the data
// model's text, claims are in the order of the profile. Nothing leaves this
// package that the verifier would not accept.
//
// Source: Verifiable Credentials Data Model 2.0, section 4; Bitstring Status
// List 1.0, section 2.
package mint

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"time"

	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/eddsa"
)

// Errors that callers can tell apart with [errors.Is]. What they wrap can quote
// the draft.
var (
	// ErrDraft says that a draft cannot be secured as a credential.
	ErrDraft = errors.New("what the credential would say cannot be signed")
	// ErrSelfVerify says that a credential was made that the verifier refuses;
	// it is not released.
	ErrSelfVerify = errors.New("the credential does not verify")
)

// Minter signs for one issuer.
type Minter struct {
	issuer   *did.Document
	method   string
	signer   crypto.Signer
	suite    proof.Suite
	contexts *schemas.Contexts
}

// New returns a minter for the issuer called id, which lists the public key
// of signer in its document.
func New(id string, signer crypto.Signer, contexts *schemas.Contexts) (*Minter, error) {
	document, err := did.NewDocument(id, signer.Public())
	if err != nil {
		return nil, err
	}
	method, err := did.MethodURL(id, signer.Public())
	if err != nil {
		return nil, err
	}
	return &Minter{issuer: document, method: method, signer: signer, suite: eddsa.RDFC2022{}, contexts: contexts}, nil
}

// Issuer returns the issuer's controller document.
func (m *Minter) Issuer() *did.Document { return m.issuer }

// Mint returns the signed credential that d describes.
func (m *Minter) Mint(ctx context.Context, d Draft, now time.Time) ([]byte, error) {
	document, err := d.encode(m.issuer.ID)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDraft, err)
	}
	template := proof.Template{VerificationMethod: m.method, Purpose: proof.AssertionMethod, Created: now}
	signed, err := proof.Sign(ctx, document, template, m.suite, m.signer, m.contexts)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDraft, err)
	}
	if err := m.selfVerify(ctx, signed, now); err != nil {
		return nil, err
	}
	return signed, nil
}

// selfVerify asks the verifier what a relying party would. The status is not
// in any published list yet.
func (m *Minter) selfVerify(ctx context.Context, signed []byte, now time.Time) error {
	report, err := verifier.Verify(ctx, signed, verifier.Policy{
		Now:        now,
		Issuer:     verifier.Expect(m.issuer.ID),
		Domain:     verifier.Ignore[string](),
		Challenge:  verifier.Ignore[string](),
		Status:     verifier.Ignore[string](),
		Freshness:  verifier.Ignore[time.Duration](),
		LogReceipt: verifier.Ignore[string](),
		Contexts:   m.contexts,
		Resolver:   did.NewPinned(m.issuer),
	})
	if err != nil {
		return err
	}
	if report.Verdict() == verifier.VerdictAccepted {
		return nil
	}
	for _, check := range report.Checks {
		if check.Required && check.Outcome != verifier.Established {
			return fmt.Errorf("%w: %s: %s", ErrSelfVerify, check.Name, check.Detail)
		}
	}
	return ErrSelfVerify
}
