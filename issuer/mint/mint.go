// Package mint makes credentials: claims in, or a credential of somebody else's
// wording, and signed and self-verified bytes out.
//
// A credential of claims is compact JSON; the order of its members is that of
// the data model's text, claims are in the order of the profile. One of
// somebody else's wording keeps its members as they are, and their order.
// Nothing leaves this package that the verifier would not accept.
//
// By a suite that discloses selectively it makes base proofs, for the holder
// alone, which always disclose what limits the credential.
//
// Errors wrap [ErrForm], [ErrDraft], [ErrNotSelective] or [ErrSelfVerify].
//
// Source: Verifiable Credentials Data Model 2.0, section 4, and 1.1, section
// 4; Bitstring Status List 1.0, section 2; Data Integrity ECDSA Cryptosuites
// 1.0, section 3.6; Verifiable Credential API 0.3, "Issue Credential".
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

// Minter signs for one issuer, with one suite.
type Minter struct {
	issuer   *did.Document
	method   string
	signer   crypto.Signer
	suite    proof.SigningSuite
	suites   *proof.Table // to verify with: suite alone
	contexts *schemas.Contexts

	mandatory []string // pointers, beside those to what limits a credential
	always    []string // names of claims of drafts that are mandatory

	lenient   bool
	resources map[string][][]byte
}

// New returns a minter for the issuer called id, whose document lists the
// public key of signer and no other. The key must be of a kind that suite signs
// with.
func New(id string, signer crypto.Signer, suite proof.SigningSuite, contexts *schemas.Contexts) (*Minter, error) {
	document, err := did.NewDocument(id, signer.Public())
	if err != nil {
		return nil, err
	}
	return NewFor(document, signer, suite, contexts)
}

// NewFor is [New] for an issuer whose document, of [did.NewDocument], lists
// other keys too.
func NewFor(document *did.Document, signer crypto.Signer, suite proof.SigningSuite, contexts *schemas.Contexts) (*Minter, error) {
	method, err := did.MethodURL(document.ID, signer.Public())
	if err != nil {
		return nil, err
	}
	table, err := proof.NewTable(suite)
	if err != nil {
		return nil, err
	}
	return &Minter{issuer: document, method: method, signer: signer, suite: suite, suites: table, contexts: contexts}, nil
}

// Lenient returns a minter that also secures what names another issuer, and
// what is not valid now. Tests of conformance send such credentials; no
// registry gives its word for them. The resources are versions of what they
// relate to, by URL.
func (m *Minter) Lenient(resources map[string][][]byte) *Minter {
	lenient := *m
	lenient.lenient, lenient.resources = true, resources
	return &lenient
}

// Suite returns the name of the cryptosuite that the minter signs with.
func (m *Minter) Suite() string { return m.suite.Cryptosuite() }

// Method returns the URL of the verification method that the minter signs as.
func (m *Minter) Method() string { return m.method }

// Issuer returns the issuer's controller document.
func (m *Minter) Issuer() *did.Document { return m.issuer }

// Mint returns the signed credential that d describes.
func (m *Minter) Mint(ctx context.Context, d Draft, now time.Time) ([]byte, error) {
	document, err := d.encode(m.issuer.ID)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDraft, err)
	}
	return m.drafted(d).Secure(ctx, document, now)
}

// Secure returns document, a whole credential, with a proof.
func (m *Minter) Secure(ctx context.Context, document []byte, now time.Time) ([]byte, error) {
	template := proof.Template{VerificationMethod: m.method, Purpose: proof.AssertionMethod, Created: now}
	suite, err := m.suiteFor(document)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDraft, err)
	}
	signed, err := proof.Sign(ctx, document, template, suite, m.signer, m.contexts)
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
	policy := verifier.Policy{
		Now:        now,
		Issuer:     verifier.Expect(m.issuer.ID),
		Domain:     verifier.Ignore[string](),
		Challenge:  verifier.Ignore[string](),
		Status:     verifier.Ignore[string](),
		Freshness:  verifier.Ignore[time.Duration](),
		LogReceipt: verifier.Ignore[string](),
		Contexts:   m.contexts,
		Resolver:   did.NewPinned(m.issuer),
		Suites:     m.suites,
		Resources:  m.resources,
	}
	if m.lenient {
		policy.Issuer, policy.AnyController = verifier.Ignore[string](), true
	}
	whole, err := m.whole(ctx, signed)
	if err != nil {
		return err
	}
	report, err := verifier.Verify(ctx, whole, policy)
	if err != nil {
		return err
	}
	return m.judge(report)
}

// judge returns what in a report speaks against releasing the credential.
func (m *Minter) judge(report *verifier.Report) error {
	for _, check := range report.Checks {
		switch {
		case m.lenient && check.Name == verifier.CheckValidity:
		case check.Outcome == verifier.Refused, check.Required && check.Outcome != verifier.Established:
			return fmt.Errorf("%w: %s: %s", ErrSelfVerify, check.Name, check.Detail)
		}
	}
	if !m.lenient && report.Verdict() != verifier.VerdictAccepted {
		return ErrSelfVerify
	}
	return nil
}
