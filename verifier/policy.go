package verifier

import (
	"cmp"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/bundle"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/logproof"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/schema"
	"github.com/chancery-vc/chancery/verifier/suites"
)

// ErrPolicy is the kind of every error about a policy that leaves something
// open.
var ErrPolicy = errors.New("the policy is incomplete")

// Rule says what a policy wants of one thing. Its zero value says nothing,
// which is an error: use [Expect] or [Ignore].
type Rule[T any] struct {
	said, expected bool
	values         []T
}

// Expect wants the thing, with one of values.
func Expect[T any](values ...T) Rule[T] {
	return Rule[T]{said: len(values) > 0, expected: true, values: values}
}

// Ignore does not care about the thing.
func Ignore[T any]() Rule[T] { return Rule[T]{said: true} }

// Policy is what a relying party wants of a credential, and what it knows.
type Policy struct {
	// Now is the time to judge by.
	Now time.Time

	Issuer     Rule[string]        // identifiers of the issuers to accept
	Domain     Rule[string]        // what the proof must have been made for
	Challenge  Rule[string]        // what the proof must answer
	Status     Rule[string]        // purpose, such as status.Revocation, that must be known not to be set
	Freshness  Rule[time.Duration] // how old the knowledge about keys and status may be
	LogReceipt Rule[string]        // origin of the log that the credential must be in

	// Require names checks that must be established besides, of those that a
	// credential may well do without: CheckSchema, CheckResources, CheckHolder.
	Require []string
	// AnyController accepts a credential that another than its issuer signed.
	AnyController bool
	// Proofs names cryptosuites of each of which a credential, and a status list,
	// must have a good proof; empty for any. It is for sets of proofs by which
	// one algorithm stands in for another that was broken: "eddsa-rdfc-2022" and
	// "mldsa44-rdfc-2024". An envelope has one signature, so that with Proofs no
	// Envelopes can be accepted: set them to an empty list. With AnyController
	// anybody can have made them.
	Proofs []string

	// Envelopes are the media types of enveloping proofs to accept, without
	// "application/"; nil for [Envelopes].
	Envelopes []string
	// Algorithms are those that envelopes may be signed with, by their names in
	// JOSE; nil for jose.Recommended. The key decides among them.
	Algorithms []string
	// Anchors are the authorities whose certificates speak for issuers; nil for
	// none.
	Anchors *x509.CertPool

	// Receipts came with the credential, or with the credentials of a
	// presentation; nil for none. They are judged whether or not LogReceipt
	// expects one.
	Receipts []logproof.Receipt
	// Bundles is the offline knowledge. Of two that speak about the same
	// thing the newer one counts.
	Bundles []*bundle.Bundle
	// Contexts is nil for the embedded ones. Those of a set made WithInline let
	// credentials define terms of their own.
	Contexts *schemas.Contexts
	// Schemas are the JSON Schemas to judge by; nil for none.
	Schemas *schema.Set
	// TypeMetadata say what the credentials of a type are like, by their vct: they
	// are to SD-JWT VC what schemas are to others, and CheckSchema is about them.
	TypeMetadata map[string][]byte
	// Resources are the known versions of what credentials relate to, by URL;
	// contexts are known without being named here.
	Resources map[string][][]byte
	// Resolver, if not nil, is asked for identifiers that neither hold their own
	// key nor are in a bundle.
	Resolver did.Resolver
	// IssuerMetadata, if not nil, is asked for the keys of issuers of SD-JWT VC
	// that are https URLs, at /.well-known/jwt-vc-issuer of those that are
	// expected: did.Fetcher makes one that asks them, sdjwtvc.PinnedMetadata one
	// that only knows what it was given. It and Resolver are the only ways to a
	// network.
	IssuerMetadata did.Fetch
	// Suites is nil for the recommended ones.
	Suites *proof.Table
}

func (p *Policy) check() error {
	if p.Now.IsZero() {
		return fmt.Errorf("%w: Now is not set", ErrPolicy)
	}
	if slices.Contains(p.Bundles, nil) {
		return fmt.Errorf("%w: a bundle is nil: it could not be opened", ErrPolicy)
	}
	for _, rule := range []struct {
		name string
		said bool
	}{
		{"Issuer", p.Issuer.said},
		{"Domain", p.Domain.said},
		{"Challenge", p.Challenge.said},
		{"Status", p.Status.said},
		{"Freshness", p.Freshness.said},
		{"LogReceipt", p.LogReceipt.said},
	} {
		if !rule.said {
			return fmt.Errorf("%w: say Expect with a value, or Ignore, for %s", ErrPolicy, rule.name)
		}
	}
	for _, name := range p.Require {
		if !slices.Contains(optional, name) {
			return fmt.Errorf("%w: %.40q cannot be required; %s can", ErrPolicy, name, strings.Join(optional, ", "))
		}
	}
	return p.checkProofs()
}

// checkProofs wants what Proofs names to be possible.
func (p *Policy) checkProofs() (err error) {
	if len(p.Proofs) == 0 {
		return nil
	}
	if p.Envelopes == nil || len(p.Envelopes) > 0 {
		return fmt.Errorf("%w: Proofs are embedded: say with an empty list of Envelopes that none is accepted", ErrPolicy)
	}
	table := p.Suites
	if table == nil {
		if table, err = suites.Recommended(); err != nil {
			return err
		}
	}
	for _, name := range p.Proofs {
		if !slices.ContainsFunc(table.Suites(), func(s proof.Suite) bool { return cmp.Or(s.Cryptosuite(), s.Type()) == name }) {
			return fmt.Errorf("%w: Proofs wants one by %.40q, which is not among the suites that are accepted", ErrPolicy, name)
		}
	}
	return nil
}

// optional are the checks that a policy may require.
var optional = []string{CheckSchema, CheckResources, CheckHolder}

func (p *Policy) requires(name string) bool { return slices.Contains(p.Require, name) }
