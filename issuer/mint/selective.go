package mint

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/verifier/proof"
)

// ErrNotSelective says that what is disclosed cannot be chosen, since the suite
// signs credentials as a whole.
var ErrNotSelective = errors.New("this issuer signs credentials as a whole, so that nothing in them can be made mandatory: leave mandatoryPointers out")

// Disclosing returns a minter whose credentials always disclose what pointers
// (RFC 6901) select, besides what limits them. Where the suite signs the whole,
// any pointer is [ErrNotSelective].
func (m *Minter) Disclosing(pointers []string) (*Minter, error) {
	if _, ok := m.suite.(proof.SelectiveSuite); !ok && len(pointers) > 0 {
		return nil, ErrNotSelective
	}
	disclosing := *m
	disclosing.mandatory = pointers
	return &disclosing, nil
}

// Always returns a minter whose drafts always disclose the claims of these
// names, where they have them, besides what limits them. Where the suite signs
// the whole that is so in any case.
func (m *Minter) Always(names []string) *Minter {
	always := *m
	always.always = names
	return &always
}

// escape: RFC 6901, section 3.
var escape = strings.NewReplacer("~", "~0", "/", "~1")

// drafted returns the minter for the credential of d.
func (m *Minter) drafted(d Draft) *Minter {
	drafted := *m
	drafted.mandatory = slices.Clone(m.mandatory)
	for _, claim := range d.Claims {
		if slices.Contains(m.always, claim.Name) {
			drafted.mandatory = append(drafted.mandatory, "/credentialSubject/"+escape.Replace(claim.Name))
		}
	}
	return &drafted
}

// limiting are the members by which an issuer limits what a credential is good
// for, in both data models: a holder who could withhold one would have a better
// credential than was issued. The types and the credential's id are disclosed
// with any member.
var limiting = []string{
	"issuer", "validFrom", "validUntil", "issuanceDate", "expirationDate",
	"credentialStatus", "credentialSchema", "termsOfUse", "relatedResource",
}

// suiteFor returns the suite to sign document with.
func (m *Minter) suiteFor(document []byte) (proof.SigningSuite, error) {
	selective, ok := m.suite.(proof.SelectiveSuite)
	if !ok {
		return m.suite, nil
	}
	o, err := parseObject(document)
	if err != nil {
		return nil, err
	}
	var pointers []string
	for _, name := range limiting {
		if o.index(name) >= 0 {
			pointers = append(pointers, "/"+name)
		}
	}
	for _, pointer := range m.mandatory {
		if !slices.Contains(pointers, pointer) {
			pointers = append(pointers, pointer)
		}
	}
	return selective.WithMandatory(pointers), nil
}

// whole returns what a verifier can judge of a signed credential: of a base
// proof, what discloses everything.
func (m *Minter) whole(ctx context.Context, signed []byte) ([]byte, error) {
	if _, ok := m.suite.(proof.SelectiveSuite); !ok {
		return signed, nil
	}
	all, err := proof.Derive(ctx, signed, []string{""}, m.suites, m.contexts)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSelfVerify, err)
	}
	return all, nil
}
