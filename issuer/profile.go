package issuer

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"fmt"
	"maps"
	"slices"

	"github.com/chancery-vc/chancery/issuer/claims"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/mint"
	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/bundle"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/ecdsasd"
	"github.com/chancery-vc/chancery/verifier/proof/eddsa"
)

// profile is one kind of credential, compiled: its source can read the columns
// that it names and no others.
type profile struct {
	config.Profile
	name    string
	source  source.Source
	columns []string
	claims  []string
	minter  *mint.Minter
}

// openContexts adds the profiles' own contexts to the embedded ones.
func (i *Issuer) openContexts(context.Context) (err error) {
	if i.contexts, err = schemas.Embedded(); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(i.config.Profiles)) {
		named := i.config.Profiles[name].Context
		if named.File == "" {
			continue
		}
		document, err := i.config.Read(named.File, config.MaxFileBytes)
		if err != nil {
			return fmt.Errorf("profile %s: context: %w", name, err)
		}
		own := bundle.Context{URL: named.URL, SHA256: schemas.Digest(document), Document: document}
		if i.contexts, err = i.contexts.With(own.URL, own.Document, own.SHA256); err != nil {
			return fmt.Errorf("profile %s: %w", name, err)
		}
		i.own = append(i.own, own)
	}
	return nil
}

// Suite returns the name of the cryptosuite that secures credentials of a
// profile.
func (i *Issuer) Suite(profile string) string { return i.profiles[profile].minter.Suite() }

// Contexts returns the context of a profile if it is not an embedded one.
func (i *Issuer) Contexts(profile string) []bundle.Context {
	for _, own := range i.own {
		if own.URL == i.config.Profiles[profile].Context.URL {
			return []bundle.Context{own}
		}
	}
	return nil
}

func (i *Issuer) openProfiles(ctx context.Context) error {
	i.profiles = map[string]*profile{}
	for _, name := range slices.Sorted(maps.Keys(i.config.Profiles)) {
		p, err := i.openProfile(ctx, name)
		if err != nil {
			return fmt.Errorf("profile %s: %w", name, err)
		}
		i.profiles[name] = p
	}
	return nil
}

func (i *Issuer) openProfile(ctx context.Context, name string) (*profile, error) {
	p := newProfile(name, i.config.Profiles[name])
	p.minter = i.minter
	if p.selective() {
		p.minter = i.selective.Always(p.Mandatory)
	}
	var err error
	if p.source, err = i.openSource(ctx, p.Source, p.relation()); err != nil {
		return nil, err
	}
	return p, i.specimen(ctx, p)
}

// newProfile returns a profile that nothing is read or signed with yet.
func newProfile(name string, c config.Profile) *profile {
	p := &profile{Profile: c, name: name, columns: claims.Columns(c.Claims)}
	if p.SubjectID != "" && !slices.Contains(p.columns, p.SubjectID) {
		p.columns = append(p.columns, p.SubjectID)
	}
	for _, claim := range p.Claims {
		p.claims = append(p.claims, claim.Claim)
	}
	return p
}

func (p *profile) relation() source.Relation {
	return source.Relation{Table: p.Table, Key: p.Profile.Key, Columns: p.columns, Filter: p.Where.Filter()}
}

// selective tells whether the holder chooses what to show.
func (p *profile) selective() bool { return p.Disclosure == config.DisclosureSelective }

// throwawayKey makes a key of the kind that p's credentials are signed with.
func (i *Issuer) throwawayKey(p *profile) (crypto.Signer, proof.SigningSuite, error) {
	if p.selective() {
		signer, err := ecdsa.GenerateKey(elliptic.P256(), i.random)
		return signer, ecdsasd.SD2023{Random: i.random}, err
	}
	_, signer, err := ed25519.GenerateKey(i.random)
	return signer, eddsa.RDFC2022{}, err
}

// throwaway returns a minter like that of p, with a key that nobody keeps.
func (i *Issuer) throwaway(p *profile) (*mint.Minter, error) {
	signer, suite, err := i.throwawayKey(p)
	if err != nil {
		return nil, err
	}
	id, _, err := did.FromKey(signer.Public())
	if err != nil {
		return nil, err
	}
	minter, err := mint.New(id, signer, suite, i.contexts)
	if err != nil {
		return nil, err
	}
	return minter.Always(p.Mandatory), nil
}

func (p *profile) register() register { return register{p.Source, p.Table, p.Profile.Key} }
