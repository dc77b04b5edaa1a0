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
	"github.com/chancery-vc/chancery/verifier/suites"
)

// Shown is what whoever is shown a credential gets of it. [Entry.Derive] and
// [Entry.Whole] make it.
type Shown struct {
	Credential *credential.Unverified
	contexts   *schemas.Contexts
}

// Derive returns the part of a credential that pointers (RFC 6901) select,
// besides what its issuer made mandatory. A pointer to nothing is [ErrPointer],
// which says what there is; a credential without a base proof is [ErrWhole].
// No key is needed, and the credential in the wallet stays as it is.
func (e Entry) Derive(ctx context.Context, pointers []string) (Shown, error) {
	contexts, err := e.contexts()
	if err != nil {
		return Shown{}, err
	}
	part, selective, err := derive(ctx, e.Credential.Bytes(), pointers, contexts)
	switch {
	case !selective:
		return Shown{}, fmt.Errorf("%w: show all of it, or ask its issuer for one of which a part can be shown", ErrWhole)
	case errors.Is(err, proof.ErrPointer):
		return Shown{}, fmt.Errorf("%w: %w; what can be shown: %s", ErrPointer, err, strings.Join(e.Pointers(), ", "))
	case err != nil:
		return Shown{}, err
	}
	u, err := credential.Parse(part)
	if err != nil {
		return Shown{}, fmt.Errorf("%w: too little of it to be a credential (%w); what can be shown: %s", ErrPointer, err, strings.Join(e.Pointers(), ", "))
	}
	return Shown{u, contexts}, nil
}

// Whole returns the credential to be shown as it is. A base proof never is:
// whoever had it could show all of the credential, and choose for the holder.
func (e Entry) Whole() (Shown, error) {
	if e.Selective() {
		return Shown{}, fmt.Errorf("%w; what can be shown: %s", ErrBase, strings.Join(e.Pointers(), ", "))
	}
	contexts, err := e.contexts()
	return Shown{e.Credential, contexts}, err
}

// Selective tells whether a part of the credential can be shown: if it has a
// proof by a suite that discloses selectively, whatever that proof is worth.
func (e Entry) Selective() bool {
	selective, err := isSelective(e.Credential.Bytes())
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
