package issuer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/issuer/claims"
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

// Describe traces everything that a configuration lets be asked for, by the
// configuration alone: it opens no key, no source and no state. The order is
// credentials, facts, statuses, each by name.
func Describe(c *config.Config) ([]Trace, error) {
	var traces []Trace
	add := func(t Trace, err error) error {
		if err != nil {
			return fmt.Errorf("%s %s: %w", t.Kind, t.Name, err)
		}
		t.Callers = permissions(c, t.Kind, t.Name)
		traces = append(traces, t)
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(c.Profiles)) {
		if err := add(describeProfile(name, c.Profiles[name])); err != nil {
			return nil, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Facts)) {
		if err := add(describeFact(name, c.Facts[name])); err != nil {
			return nil, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Statuses)) {
		if err := add(describeStatus(name, c.Statuses[name]), nil); err != nil {
			return nil, err
		}
	}
	return traces, nil
}

func describeProfile(name string, p config.Profile) (Trace, error) {
	t := Trace{
		Kind: Credential, Name: name, Title: p.Name, Source: p.Source, Table: p.Table, Key: p.Key, Filter: p.Where.Filter(),
		Columns: claims.Columns(p.Claims), Validity: p.Validity.Std(), Mandatory: p.Mandatory,
		Selective: p.Disclosure == config.DisclosureSelective,
	}
	for _, claim := range p.Claims {
		t.Claims = append(t.Claims, Disclosed{claim.Claim, []string{claim.Column}, claimRule(claim), config.DiscloseValue})
		read := config.Field{Column: claim.Column, As: claim.As, Separator: claim.Separator}
		rule, err := claims.Compile(config.Rule{Field: &read})
		if err != nil {
			return t, err
		}
		if suggestion := rule.Suggestion(config.DiscloseValue); suggestion != "" {
			t.Suggestions = append(t.Suggestions, claim.Claim+": "+suggestion+", as the rule of a fact")
		}
	}
	if p.SubjectID != "" {
		t.Claims = append(t.Claims, Disclosed{
			"id", []string{p.SubjectID}, "from column " + p.SubjectID + ", of a credential that is bound to no holder", config.DiscloseValue,
		})
		if !slices.Contains(t.Columns, p.SubjectID) {
			t.Columns = append(t.Columns, p.SubjectID)
		}
	}
	t.Withheld = t.withheld(t.Columns)
	return t, nil
}

// claimRule says in words where the value of a claim comes from.
func claimRule(c config.Claim) string {
	said := "from column " + c.Column + " as " + c.As
	if c.As == config.AsList {
		said += " between " + strconv.Quote(c.Separator)
	}
	if c.Required {
		said += ", required"
	}
	return said
}

func describeFact(name string, f config.Fact) (Trace, error) {
	t := Trace{
		Kind: Fact, Name: name, Source: f.Source, Table: f.Table, Key: f.Key, Filter: f.Where.Filter(), Validity: f.Validity.Std(),
	}
	rule, err := claims.Compile(f.Rule)
	if err != nil {
		return t, err
	}
	if t.Columns = rule.Columns(); len(t.Columns) == 0 {
		t.Columns = []string{f.Key} // to see that it is there
	}
	t.Claims = []Disclosed{{name, rule.Columns(), factRule(f.Rule, rule), f.Disclosure}}
	var disclosed []string
	if f.Rule.Field != nil && f.Disclosure == config.DiscloseValue {
		disclosed = t.Columns
	}
	t.Withheld = t.withheld(disclosed)
	if suggestion := rule.Suggestion(f.Disclosure); suggestion != "" {
		t.Suggestions = []string{suggestion}
	}
	return t, nil
}

// factRule says in words how a fact is answered.
func factRule(r config.Rule, compiled *claims.Rule) string {
	said := compiled.Explain()
	if r.CEL != nil {
		said += " The expression is " + r.CEL.Expression + "."
	}
	if r.Zone != "UTC" && (r.CEL != nil || r.Compare != nil) {
		said += " Which day today is, the time zone " + r.Zone + " says."
	}
	return said
}

func describeStatus(name string, s config.StatusOf) Trace {
	t := Trace{
		Kind: Status, Name: name, Source: s.Source, Table: s.Table, Key: s.Key, Filter: s.Where.Filter(), Validity: s.Validity.Std(),
	}
	if s.Profile != "" {
		t.Claims = []Disclosed{{name, nil, "It reads no register: whether a credential of profile " + s.Profile +
			" is valid, revoked or expired is in the issuer's own state, by its identifier.", discloseState}}
		return t
	}
	var words []string
	for _, value := range slices.Sorted(maps.Keys(s.States)) {
		words = append(words, strconv.Quote(value)+" as "+s.States[value])
	}
	t.Columns = []string{s.Column}
	t.Claims = []Disclosed{{name, t.Columns, "It reads column " + s.Column + " and tells " + strings.Join(words, ", ") +
		". A record with any other value gets no answer.", discloseState}}
	t.Withheld = t.withheld(nil)
	return t
}

// withheld returns the columns that t uses, without those whose very values are
// disclosed.
func (t Trace) withheld(disclosed []string) []Use {
	var uses []Use
	use := func(column, purpose string) {
		if slices.Contains(disclosed, column) {
			return
		}
		at := slices.IndexFunc(uses, func(u Use) bool { return u.Column == column })
		if at < 0 {
			at, uses = len(uses), append(uses, Use{Column: column})
		}
		uses[at].For = append(uses[at].For, purpose)
	}
	use(t.Key, useKey)
	for _, c := range t.Filter {
		use(c.Column, useFilter)
	}
	for _, claim := range t.Claims {
		for _, column := range claim.Columns {
			use(column, useRule)
		}
	}
	return uses
}

// permissions returns who may have what is called name.
func permissions(c *config.Config, kind Kind, name string) []Permission {
	var all []Permission
	if kind == Credential && slices.Contains(c.Callers.Holder, name) {
		all = append(all, Permission{Caller: Holder})
	}
	if kind == Credential && slices.Contains(c.Callers.Operator, name) {
		all = append(all, Permission{Caller: Operator})
	}
	for _, party := range c.Consult.Callers {
		for _, grant := range party.AllGrants() {
			if slices.Contains(asks(grant, kind), name) {
				all = append(all, Permission{consultant(party.Name), grant.Purposes})
			}
		}
	}
	return all
}
