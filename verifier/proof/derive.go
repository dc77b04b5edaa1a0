package proof

import (
	"context"
	"fmt"

	"github.com/chancery-vc/chancery/schemas"
)

// SelectiveSuite is a suite of two kinds of proof: the base proof, which the
// issuer signs and gives to the holder alone, and those that the holder derives
// from it, which disclose a part of the document. Sign makes base proofs;
// Verify checks derived ones, and refuses base proofs with [ErrBase].
type SelectiveSuite interface {
	SigningSuite
	// WithMandatory returns the suite with JSON pointers to what each derived
	// proof is to disclose of the documents that it signs.
	WithMandatory(pointers []string) SelectiveSuite
	// Derive returns the part of the document that the mandatory pointers and
	// others select, and its proof value.
	Derive(ctx context.Context, in Input, value string, pointers []string) (document []byte, derived string, err error)
}

// Derive returns what pointers and the mandatory pointers select of a secured
// document, with a proof derived from its base proof: the only one by a suite
// of table that is a [SelectiveSuite]. Its other proofs are over the whole, and
// are left out. A pointer to nothing is [ErrPointer].
//
// No signature is checked. A holder who is given a base proof, and an issuer
// before it goes out, checks it by what is derived with the pointer "", which
// selects all that there is: if that verifies, so does all that can be shown.
func Derive(ctx context.Context, secured []byte, pointers []string, table *Table, contexts *schemas.Contexts) ([]byte, error) {
	document, proofs, err := Split(secured)
	if err != nil {
		return nil, err
	}
	base, suite, err := baseProof(proofs, table)
	if err != nil {
		return nil, err
	}
	in := Input{Document: document, Options: base.options, Contexts: contexts}
	part, value, err := suite.Derive(ctx, in, base.Value, pointers)
	if err != nil {
		return nil, fmt.Errorf("derive with %s: %w", suite.Cryptosuite(), err)
	}
	return base.attachTo(part, value)
}

// baseProof returns the one proof from which another can be derived.
func baseProof(proofs []*Proof, table *Table) (base *Proof, suite SelectiveSuite, err error) {
	for _, p := range proofs {
		known, err := table.Lookup(p.Type, p.Cryptosuite)
		if err != nil {
			continue
		}
		s, ok := known.(SelectiveSuite)
		if !ok {
			continue
		}
		if base != nil {
			return nil, nil, fmt.Errorf("%w: proofs can be derived from both %s and %s; allow one of the two suites", ErrMalformed, base.SuiteName(), p.SuiteName())
		}
		base, suite = p, s
	}
	if base == nil {
		return nil, nil, fmt.Errorf("%w from which another can be derived", ErrMissing)
	}
	if len(base.previous) > 0 {
		return nil, nil, fmt.Errorf("%w: it vouches for other proofs, which are over the whole document, so that none can be derived from it", ErrMalformed)
	}
	return base, suite, nil
}

// attachTo returns document with the proof as its last member, with another
// value.
func (p *Proof) attachTo(document []byte, value string) ([]byte, error) {
	all, err := members(document)
	if err != nil {
		return nil, err
	}
	own, err := members(p.options)
	if err != nil {
		return nil, err
	}
	return attach(all, own, value)
}
