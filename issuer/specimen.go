package issuer

import (
	"context"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/issuer/claims"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/mint"
)

// specimen mints a credential of p with a throw-away key, so that a type or a
// claim that its context does not define is found before the real key is used.
func (i *Issuer) specimen(ctx context.Context, p *profile) error {
	minter, err := i.throwaway(p)
	if err != nil {
		return err
	}
	all := specimenClaims(p.Claims)
	err = i.mintSpecimen(ctx, minter, p, all)
	if err == nil {
		return nil
	}
	if bare := i.mintSpecimen(ctx, minter, p, nil); bare != nil {
		if term := i.proofTerm(p.Context.URL); term != "" {
			return fmt.Errorf("the type %s cannot be issued: the context %s defines %s, which proofs have a meaning of their own for; give it another name: %w", p.Type, p.Context.URL, term, bare)
		}
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

// proofTerms are those that proofs say of themselves (Data Integrity 1.0,
// section 2.1).
var proofTerms = []string{
	"challenge", "created", "cryptosuite", "domain", "expires", "nonce", "previousProof", "proofPurpose", "proofValue", "verificationMethod",
}

// proofTerm returns a term of proofs that a profile's own context defines, or "".
func (i *Issuer) proofTerm(url string) string {
	for _, own := range i.own {
		var document any
		if own.URL != url || json.Unmarshal(own.Document, &document) != nil {
			continue
		}
		for _, term := range proofTerms {
			if defines(document, term) {
				return term
			}
		}
	}
	return ""
}

// defines tells whether a member is called name, at any depth.
func defines(value any, name string) bool {
	switch value := value.(type) {
	case map[string]any:
		for member, below := range value {
			if member == name || defines(below, name) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(value, func(item any) bool { return defines(item, name) })
	}
	return false
}
