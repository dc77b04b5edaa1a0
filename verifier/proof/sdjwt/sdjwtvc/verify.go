package sdjwtvc

import (
	"context"
	"errors"
	"fmt"

	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
)

// Credential is a credential that fits a policy.
type Credential struct {
	*sdjwt.Verified
	Issuer      Issuer
	Type        string   // the vct
	AlsoKnownAs []string // further types: the issuer says so, and no more
	Status      *Status  // nil if the credential has none
	// Metadata are nil if there were none for the type. Unchecked tells that
	// the credential has the digest of such a document, and it was not given.
	Metadata  *TypeMetadata
	Unchecked bool
}

// Verify returns the credential if it is all that the policy wants:
// "Verification and Processing".
func Verify(ctx context.Context, t *sdjwt.Token, p Policy) (*Credential, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	issuer, err := p.find(ctx, t)
	if err != nil {
		return nil, err
	}
	verified, err := sdjwt.Verify(t, sdjwt.Policy{
		Now: p.Now, Skew: p.Skew, Key: issuer.Key, Algorithms: p.Algorithms, Types: p.Types,
		Audience: p.Audience, Require: p.Require, KeyBinding: p.KeyBinding,
	})
	if err != nil {
		return nil, err
	}
	m, err := readModel(&verified.Contents)
	if err != nil {
		return nil, err
	}
	c := &Credential{
		Verified: verified, Issuer: *issuer, Type: m.credential, AlsoKnownAs: m.alsoKnownAs, Status: m.status,
	}
	if err := c.applyMetadata(&p, m); err != nil {
		return nil, err
	}
	return c, nil
}

// find returns the issuer. What can be refused without asking anybody is
// refused first: nobody is sent to an address that a stranger wrote, if the
// policy knows its issuers.
func (p *Policy) find(ctx context.Context, t *sdjwt.Token) (*Issuer, error) {
	u, err := sdjwt.Inspect(t)
	if err != nil {
		return nil, err
	}
	m, err := readModel(&u.Contents)
	if err != nil {
		return nil, err
	}
	types := []string{m.credential}
	if p.AlsoKnownAs {
		types = append(types, m.alsoKnownAs...)
	}
	if !p.Credential.takes(types...) {
		return nil, fmt.Errorf("%w: it is %.200q", ErrCredential, types)
	}
	if m.issuer != "" && !p.Issuer.takes(m.issuer) {
		return nil, fmt.Errorf("%w: iss is %.200q", ErrIssuer, m.issuer)
	}
	issuer, err := p.ask(ctx, Signed{Issuer: m.issuer, Header: u.Header()})
	if err != nil {
		return nil, err
	}
	if !p.Issuer.takes(issuer.Names...) {
		return nil, fmt.Errorf("%w: it goes by %.200q", ErrIssuer, issuer.Names)
	}
	return issuer, nil
}

func (p *Policy) ask(ctx context.Context, s Signed) (*Issuer, error) {
	for _, finder := range p.Finders {
		issuer, err := finder.Find(ctx, s)
		if !errors.Is(err, ErrNoKey) {
			return issuer, err
		}
	}
	return nil, fmt.Errorf("%w: neither its header nor its iss %.120q fits one", ErrNoKey, s.Issuer)
}

// applyMetadata holds the credential against the metadata of its type:
// "Processing Type Metadata".
func (c *Credential) applyMetadata(p *Policy, m *model) error {
	if _, ok := p.TypeMetadata[m.credential]; !ok {
		if p.RequireTypeMetadata {
			return fmt.Errorf("%w: those of %.200q", ErrNoTypeMetadata, m.credential)
		}
		c.Unchecked = m.integrity != ""
		return nil
	}
	return c.Describe(p.TypeMetadata)
}

// Describe sets the metadata of the credential's type, from documents by their
// vct, and holds it against them. An error that is [ErrNoTypeMetadata] says
// that one that is needed is not among them.
func (c *Credential) Describe(documents map[string][]byte) error {
	integrity, err := text(&c.Contents, claimIntegrity)
	if err != nil {
		return err
	}
	metadata, err := LoadTypeMetadata(documents, c.Type, integrity)
	if err != nil {
		return err
	}
	c.Metadata, c.Unchecked = metadata, false
	return metadata.Check(&c.Contents)
}
