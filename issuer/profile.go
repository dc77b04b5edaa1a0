package issuer

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/chancery-vc/chancery/issuer/claims"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/mint"
	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/bundle"
	"github.com/chancery-vc/chancery/verifier/did"
)

// profile is one kind of credential, compiled: its source can read the columns
// that it names and no others.
type profile struct {
	config.Profile
	name    string
	source  source.Source
	columns []string
	claims  []string
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
		document, err := os.ReadFile(i.config.Path(named.File))
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
	p := &profile{Profile: i.config.Profiles[name], name: name}
	p.columns = claims.Columns(p.Claims)
	if p.SubjectID != "" && !slices.Contains(p.columns, p.SubjectID) {
		p.columns = append(p.columns, p.SubjectID)
	}
	for _, claim := range p.Claims {
		p.claims = append(p.claims, claim.Claim)
	}
	database, err := i.openDatabase(ctx, p.Source)
	if err != nil {
		return nil, err
	}
	relation := source.Relation{Table: p.Table, Key: p.Key, Columns: p.columns}
	if p.source, err = database.compile(ctx, relation); err != nil {
		return nil, err
	}
	database.read = append(database.read, relation)
	return p, i.specimen(ctx, p)
}

// specimen mints a credential of p with a throw-away key, so that a type or a
// claim that its context does not define is found before the real key is used.
func (i *Issuer) specimen(ctx context.Context, p *profile) error {
	_, throwaway, err := ed25519.GenerateKey(i.random)
	if err != nil {
		return err
	}
	id, _, err := did.FromKey(throwaway.Public())
	if err != nil {
		return err
	}
	minter, err := newMinter(id, throwaway, i.contexts)
	if err != nil {
		return err
	}
	all := specimenClaims(p.Claims)
	err = i.mintSpecimen(ctx, minter, p, all)
	if err == nil {
		return nil
	}
	if bare := i.mintSpecimen(ctx, minter, p, nil); bare != nil {
		return fmt.Errorf("the type %s cannot be issued: does the context %s define it? %w", p.Type, p.Context.URL, bare)
	}
	for _, claim := range all {
		if alone := i.mintSpecimen(ctx, minter, p, []claims.Claim{claim}); alone != nil {
			return fmt.Errorf("claim %s cannot be issued: the context %s does not define it, or not for such a value", claim.Name, p.Context.URL)
		}
	}
	return fmt.Errorf("a specimen cannot be issued: %w", err)
}

func (i *Issuer) mintSpecimen(ctx context.Context, minter *mint.Minter, p *profile, said []claims.Claim) error {
	now := i.now()
	_, err := minter.Mint(ctx, mint.Draft{
		ID: "urn:uuid:00000000-0000-0000-0000-000000000000", Context: p.Context.URL, Type: p.Type, Name: p.Profile.Name,
		ValidFrom: now, ValidUntil: now.Add(p.Validity.Std()), Subject: minter.Issuer().ID, Claims: said,
	}, now)
	return err
}

func specimenClaims(rules []config.Claim) []claims.Claim {
	values := map[string]any{
		config.AsText: "specimen", config.AsInteger: int64(1), config.AsDate: "2000-01-01", config.AsList: []string{"specimen"},
	}
	var all []claims.Claim
	for _, rule := range rules {
		all = append(all, claims.Claim{Name: rule.Claim, Value: values[rule.As]})
	}
	return all
}
