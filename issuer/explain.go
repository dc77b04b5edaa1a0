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

// Explanation is what a configuration lets each caller have, after it was held
// against its keys and sources.
type Explanation struct {
	Issuer  string // identifier in credentials
	Key     string // did:key of the signing key, which signs bundles
	Second  string // did:key of the key for selective disclosure; empty for none
	Origin  string // name of the log
	Digest  string // of the configuration
	Traces  []Trace
	Callers []CallerExplanation
	VCAPI   []config.APICaller
	Proofs  []scope.Proof // of the sources that can show something
}

// CallerExplanation is what one caller can have; of a relying party, under one
// of its grants.
type CallerExplanation struct {
	Caller   Caller
	Grant    config.Grant // of a relying party; others have none
	Purposes []string     // that a relying party may ask for; other callers name none
	Profiles []Trace
	Facts    []Trace
	Statuses []Trace
}

// Trace follows one thing that can be asked for back to the columns that it
// comes from, and forward to the callers who may have it.
type Trace struct {
	Kind  Kind   `json:"kind"`
	Name  string `json:"name"`
	Title string `json:"title,omitzero"` // what people call the credential
	// Source, Table and Key say where its record is. The state of a credential
	// is in no register, but in the issuer's own state.
	Source   string             `json:"source,omitzero"`
	Table    string             `json:"table,omitzero"`
	Key      string             `json:"key,omitzero"`
	Filter   []source.Condition `json:"-"`       // the records that there are for it; none if all
	Columns  []string           `json:"columns"` // whose values are fetched; records of the log have them
	Claims   []Disclosed        `json:"claims"`
	Withheld []Use              `json:"withheld"` // columns that are used and not disclosed
	Callers  []Permission       `json:"callers"`
	Validity time.Duration      `json:"-"`
	// Selective tells whether the holder chooses what to show, beside the
	// Mandatory claims.
	Selective bool     `json:"selective,omitzero"`
	Mandatory []string `json:"mandatory,omitzero"`
	// Suggestions say how less might do.
	Suggestions []string `json:"suggestions"`
}

// Disclosed is one thing that an answer says, and where it comes from.
type Disclosed struct {
	Claim      string   `json:"claim"`
	Columns    []string `json:"columns"`
	Rule       string   `json:"rule"`       // how it comes from them, in words
	Disclosure string   `json:"disclosure"` // value, predicate or redacted; or state, of a status
}

// discloseState is the disclosure of a status: a word for what the register
// has.
const discloseState = "state"

// Use is what a column that is not disclosed is used for.
type Use struct {
	Column string   `json:"column"`
	For    []string `json:"for"` // such as "to find the record"
}

// What columns are used for.
const (
	useKey    = "to find the record"
	useFilter = "to leave records out"
	useRule   = "to answer"
)

// Permission is a caller, as the log has it, and what it may ask for it for.
type Permission struct {
	Caller   Caller   `json:"caller"`
	Purposes []string `json:"purposes,omitzero"` // of a relying party; others name none
}

// Explain tests a configuration as [Open] does, without touching the issuer's
// state, and tells what it means.
func Explain(ctx context.Context, c *config.Config, e Environment) (*Explanation, error) {
	checked := newIssuer(c, e)
	for _, step := range []func(context.Context) error{
		checked.openSecrets, checked.openKey, checked.openContexts, checked.openMinter, checked.openProfiles, checked.openInquiries, checked.openAccess, checked.proveScopes, checked.proveShared,
	} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, checked.Close())
		}
	}
	explanation, err := checked.explain()
	return explanation, errors.Join(err, checked.Close())
}

// SigningKey returns the did:key of the signing key of a configuration.
func SigningKey(ctx context.Context, c *config.Config, e Environment) (string, error) {
	signer, err := OpenSigningKey(ctx, c, e)
	if err != nil {
		return "", err
	}
	id, _, err := did.FromKey(signer.Public())
	return id, errors.Join(err, key.Close(signer))
}

func (i *Issuer) explain() (*Explanation, error) {
	public, second, err := i.publicKeys()
	if err != nil {
		return nil, err
	}
	traces, err := Describe(i.config)
	if err != nil {
		return nil, err
	}
	e := &Explanation{
		Issuer: i.ID(), Key: public, Second: second, Origin: i.Origin(), Digest: i.config.Digest(),
		Traces: traces, VCAPI: i.config.VCAPI.Callers, Proofs: i.Proofs(),
	}
	for _, caller := range []Caller{Holder, Operator} {
		e.Callers = append(e.Callers, explainCaller(caller, nil, traces))
	}
	for _, party := range i.config.Consult.Callers {
		for _, grant := range party.AllGrants() {
			e.Callers = append(e.Callers, explainGrant(party, grant, traces))
		}
	}
	if p := i.config.Partners; p != nil {
		e.Callers = append(e.Callers, explainCaller(Partner, p.Purposes, traces))
	}
	return e, nil
}

func explainCaller(caller Caller, purposes []string, traces []Trace) CallerExplanation {
	e := CallerExplanation{Caller: caller, Purposes: purposes}
	of := map[Kind]*[]Trace{Credential: &e.Profiles, Fact: &e.Facts, Status: &e.Statuses}
	for _, t := range traces {
		if slices.ContainsFunc(t.Callers, func(p Permission) bool { return p.Caller == caller }) {
			*of[t.Kind] = append(*of[t.Kind], t)
		}
	}
	return e
}

// explainGrant tells what a relying party can have under one of its grants.
func explainGrant(party config.RelyingParty, grant config.Grant, traces []Trace) CallerExplanation {
	e := CallerExplanation{Caller: consultant(party.Name), Purposes: grant.Purposes, Grant: grant}
	of := map[Kind]*[]Trace{Credential: &e.Profiles, Fact: &e.Facts, Status: &e.Statuses}
	for _, t := range traces {
		if slices.Contains(asks(grant, t.Kind), t.Name) {
			*of[t.Kind] = append(*of[t.Kind], t)
		}
	}
	return e
}

// asks returns what of a kind a grant is for.
func asks(grant config.Grant, kind Kind) []string {
	return map[Kind][]string{Fact: grant.Facts, Status: grant.Statuses, Credential: grant.Credentials}[kind]
}
