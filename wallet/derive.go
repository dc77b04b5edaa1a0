package wallet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
	"github.com/chancery-vc/chancery/verifier/suites"
)

// Shown is what whoever is shown a credential gets of it. [Entry.Derive] and
// [Entry.Whole] make it.
type Shown struct {
	Credential *credential.Unverified
	contexts   *schemas.Contexts
	form       form
}

// Bytes returns what is passed on, which the caller must not change.
func (s Shown) Bytes() []byte { return s.form.data }

// Seen returns what is seen of the credential: all but how it is to be read,
// and the proof.
func (s Shown) Seen() map[string]any { return s.form.seen() }

// Derive returns the part of a credential that pointers (RFC 6901) select,
// besides what its issuer made mandatory. A pointer to nothing is [ErrPointer],
// which says what there is; a credential without a base proof or disclosures is
// [ErrWhole].
// No key is needed, and the credential in the wallet stays as it is.
func (e Entry) Derive(ctx context.Context, pointers []string) (Shown, error) {
	if !e.Selective() {
		return Shown{}, fmt.Errorf("%w: show all of it, or ask its issuer for one of which a part can be shown", ErrWhole)
	}
	contexts, err := e.contexts()
	if err != nil {
		return Shown{}, err
	}
	part, err := e.part(ctx, pointers, contexts)
	switch {
	case errors.Is(err, proof.ErrPointer), errors.Is(err, sdjwt.ErrPointer):
		return Shown{}, fmt.Errorf("%w: %w; what can be shown: %s", ErrPointer, err, strings.Join(e.Pointers(), ", "))
	case err != nil:
		return Shown{}, err
	}
	f, u, err := parse(part)
	if err != nil {
		return Shown{}, fmt.Errorf("%w: too little of it to be a credential (%w); what can be shown: %s", ErrPointer, err, strings.Join(e.Pointers(), ", "))
	}
	return Shown{u, contexts, f}, nil
}

// part returns the part that pointers select, in the form of the whole.
func (e Entry) part(ctx context.Context, pointers []string, contexts *schemas.Contexts) ([]byte, error) {
	if e.form.token == nil {
		part, _, err := derive(ctx, e.form.data, pointers, contexts)
		return part, err
	}
	part, err := e.form.present(pointers)
	if err != nil {
		return nil, err
	}
	return []byte(part.String()), nil
}

// Whole returns the credential to be shown as it is. One with a base proof, or
// with disclosures, never is: whoever had it could show all of the credential,
// and choose for the holder.
func (e Entry) Whole() (Shown, error) {
	if e.Selective() {
		return Shown{}, fmt.Errorf("%w; what can be shown: %s", ErrBase, strings.Join(e.Pointers(), ", "))
	}
	contexts, err := e.contexts()
	return Shown{e.Credential, contexts, e.form}, err
}

// Selective tells whether a part of the credential can be shown: if it has
// disclosures, or a proof by a suite that discloses selectively, whatever that
// proof is worth.
func (e Entry) Selective() bool {
	if e.form.token != nil {
		return len(e.form.token.Disclosures) > 0
	}
	selective, err := isSelective(e.form.data)
	return selective || err != nil
}

// derive derives by pointers, if data has a proof by a selective suite: one of
// all that there are, since it is the issuer's choice.
func derive(ctx context.Context, data []byte, pointers []string, contexts *schemas.Contexts) (part []byte, selective bool, err error) {
	if selective, err = isSelective(data); !selective {
		return nil, false, err
	}
	table, err := suites.All()
	if err != nil {
		return nil, true, err
	}
	part, err = proof.Derive(ctx, data, pointers, table, contexts)
	return part, true, err
}

func isSelective(data []byte) (bool, error) {
	table, err := suites.All()
	if err != nil {
		return false, err
	}
	_, proofs, err := proof.Split(data)
	return slices.ContainsFunc(proofs, func(p *proof.Proof) bool {
		suite, err := table.Lookup(p.Type, p.Cryptosuite)
		_, selective := suite.(proof.SelectiveSuite)
		return err == nil && selective
	}), err
}
