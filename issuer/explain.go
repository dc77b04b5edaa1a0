package issuer

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/issuer/scope"
	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/verifier/did"
)

// Explanation is what a configuration lets each caller have.
type Explanation struct {
	Issuer  string // identifier in credentials
	Key     string // did:key of the signing key, which signs bundles
	Second  string // did:key of the key for selective disclosure; empty for none
	Origin  string // name of the log
	Digest  string // of the configuration
	Callers []CallerExplanation
	VCAPI   []config.APICaller
	Proofs  []scope.Proof // of the sources that have an account
}

// CallerExplanation is what one caller can have.
type CallerExplanation struct {
	Caller   Caller
	Profiles []ProfileExplanation
}

// ProfileExplanation traces a credential to its source.
type ProfileExplanation struct {
	Name     string
	Title    string
	Source   string
	Table    string
	Key      string
	Filter   []source.Condition // the records that there are for it; none if all
	Columns  []string           // every column that is read
	Claims   []config.Claim
	Validity time.Duration
	// Selective tells whether the holder chooses what to show, beside the
	// Mandatory claims.
	Selective bool
	Mandatory []string
}

// Explain tests a configuration as [Open] does, without touching the issuer's
// state, and tells what it means.
func Explain(ctx context.Context, c *config.Config, e Environment) (*Explanation, error) {
	checked := newIssuer(c, e)
	for _, step := range []func(context.Context) error{
		checked.openKey, checked.openContexts, checked.openMinter, checked.openProfiles, checked.openInquiries, checked.proveScopes,
	} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, checked.Close())
		}
	}
	explanation, err := checked.explain()
	return explanation, errors.Join(err, checked.Close())
}

// SigningKey returns the did:key of the signing key of a configuration.
func SigningKey(c *config.Config) (string, error) {
	signer, err := key.Load(c.Path(c.SigningKey))
	if err != nil {
		return "", err
	}
	id, _, err := did.FromKey(signer.Public())
	return id, err
}

func (i *Issuer) explain() (*Explanation, error) {
	public, second, err := i.publicKeys()
	if err != nil {
		return nil, err
	}
	e := &Explanation{Issuer: i.ID(), Key: public, Second: second, Origin: i.Origin(), Digest: i.config.Digest(), VCAPI: i.config.VCAPI.Callers, Proofs: i.Proofs()}
	for _, caller := range []Caller{Holder, Operator} {
		explained := CallerExplanation{Caller: caller}
		for _, name := range slices.Sorted(slices.Values(i.allowed(caller))) {
			explained.Profiles = append(explained.Profiles, i.profiles[name].explain())
		}
		e.Callers = append(e.Callers, explained)
	}
	return e, nil
}

func (p *profile) explain() ProfileExplanation {
	return ProfileExplanation{
		Name: p.name, Title: p.Profile.Name, Source: p.Source, Table: p.Table, Key: p.Key, Filter: p.Where.Filter(),
		Columns: p.columns, Claims: p.Claims, Validity: p.Validity.Std(), Selective: p.selective(), Mandatory: p.Mandatory,
	}
}
