package issuer

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/chancery-vc/chancery/issuer/claims"
	"github.com/chancery-vc/chancery/issuer/config"
)

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
	if p := c.Partners; p != nil && slices.Contains(asks(p.All(), kind), name) {
		all = append(all, Permission{Partner, p.Purposes})
	}
	return all
}
