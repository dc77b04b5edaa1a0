package issuer_test

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

func TestExplain(t *testing.T) {
	dir := issuertest.Folder(t, 3, withRelyingParties, issuertest.Replace("operator: [birth]", "operator: []"))
	c := issuertest.Load(t, dir)
	e, err := issuer.Explain(t.Context(), c, issuer.Environment{Now: time.Now, Random: rand.Reader})
	must(t, err)
	id, err := issuer.SigningKey(t.Context(), c, issuer.Environment{Now: time.Now})
	must(t, err)
	want := &issuer.Explanation{Issuer: "did:web:registry.example", Key: id, Origin: "registry.example/log", Digest: c.Digest()}
	if diff := cmp.Diff(want, e, cmpopts.IgnoreFields(issuer.Explanation{}, "Proofs", "Traces", "Callers")); diff != "" {
		t.Error(diff)
	}
	if len(e.Proofs) != 1 || e.Proofs[0].Source != "births" || e.Proofs[0].Err() != nil {
		t.Errorf("%+v", e.Proofs)
	}
	if _, err := os.Stat(filepath.Join(dir, "state")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it made a folder for state: %v", err)
	}
	var said []string
	for _, caller := range e.Callers {
		said = append(said, string(caller.Caller)+" "+strings.Join(caller.Purposes, " ")+": "+
			strings.Join(slices.Concat(names(caller.Profiles), names(caller.Facts), names(caller.Statuses)), " "))
	}
	if diff := cmp.Diff([]string{
		"holder : birth", "operator : ",
		"consult:school enrolment checkup: birth born-in has-father of-age registered birth-credential registration",
		"consult:clinic checkup: registration",
	}, said); diff != "" {
		t.Error(diff)
	}
	if _, err := issuer.Explain(t.Context(), issuertest.Load(t, issuertest.Folder(t, 3, issuertest.Replace("table: births", "table: x"))),
		issuer.Environment{Now: time.Now, Random: rand.Reader}); !errors.Is(err, source.ErrShape) {
		t.Errorf("a table that is not there: %v", err)
	}
}

func names(traces []issuer.Trace) (names []string) {
	for _, t := range traces {
		names = append(names, t.Name)
	}
	return names
}

// described returns what a configuration says, by kind and name.
func described(t *testing.T, edits ...issuertest.Edit) map[string]issuer.Trace {
	t.Helper()
	c := issuertest.Load(t, issuertest.Folder(t, 1, edits...))
	must(t, os.Remove(c.Path(c.SigningKey))) // neither key nor source is needed
	must(t, os.Remove(c.Path(issuertest.RegisterFile)))
	traces, err := issuer.Describe(c)
	must(t, err)
	all := map[string]issuer.Trace{}
	for _, trace := range traces {
		all[string(trace.Kind)+" "+trace.Name] = trace
	}
	return all
}

func TestDescribeProfile(t *testing.T) {
	got := described(t, withRelyingParties, onlyKnown, issuertest.Replace("    validity:", "    subject_id: informant\n    validity:"))["credential birth"]
	from := func(claim, column, rule string) issuer.Disclosed {
		return issuer.Disclosed{Claim: claim, Columns: []string{column}, Rule: "from column " + column + rule, Disclosure: "value"}
	}
	want := issuer.Trace{
		Kind: issuer.Credential, Name: birth, Title: "Birth registration", Source: "births", Table: "births", Key: "registration_number",
		Filter:  []source.Condition{{Column: "remarks", Values: []string{"kept", "it's"}}},
		Columns: []string{"given_names", "family_name", "date_of_birth", "place_of_birth", "informant"},
		Claims: []issuer.Disclosed{
			from("givenNames", "given_names", " as text, required"),
			from("familyName", "family_name", " as text"),
			from("birthDate", "date_of_birth", " as date, required"),
			from("birthPlace", "place_of_birth", " as text"),
			from("id", "informant", ", of a credential that is bound to no holder"),
		},
		Withheld: []issuer.Use{
			{Column: "registration_number", For: []string{"to find the record"}},
			{Column: "remarks", For: []string{"to leave records out"}},
		},
		Callers: []issuer.Permission{
			{Caller: issuer.Holder},
			{Caller: issuer.Operator},
			{Caller: "consult:school", Purposes: []string{enrolment, checkup}},
		},
		Validity: 365 * 24 * time.Hour,
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(issuer.Trace{}, "Suggestions")); diff != "" {
		t.Error(diff)
	}
	if len(got.Suggestions) != 1 || !strings.HasPrefix(got.Suggestions[0], "birthDate: ") || !strings.Contains(got.Suggestions[0], "predicate") {
		t.Errorf("%q", got.Suggestions)
	}
}

// TestWithheld: what is used to find, to filter or to judge a record is told
// apart from what is disclosed.
func TestWithheld(t *testing.T) {
	all := described(t, withRelyingParties, issuertest.Replace("\nfacts:\n", `
facts:
  in-reykjavik:
    source: births
    table: births
    key: registration_number
    where: {place_of_birth: [Akureyri], registration_number: ["7"]}
    rule: {cel: {expression: 'place == "x"', fields: {place: {column: place_of_birth}}}, zone: Africa/Nairobi}
  born-on:
    source: births
    table: births
    key: registration_number
    where: {date_of_birth: ["2019-03-07"]}
    rule: {field: {column: date_of_birth, as: date}}
    disclosure: value
`))
	const find, filter, judge = "to find the record", "to leave records out", "to answer"
	for name, want := range map[string][]issuer.Use{
		"fact of-age":         {{Column: "registration_number", For: []string{find}}, {Column: "date_of_birth", For: []string{judge}}},
		"fact born-in":        {{Column: "registration_number", For: []string{find}}},
		"fact born-on":        {{Column: "registration_number", For: []string{find}}},
		"fact has-father":     {{Column: "registration_number", For: []string{find}}, {Column: "father_name", For: []string{judge}}},
		"fact registered":     {{Column: "registration_number", For: []string{find}}, {Column: "sex", For: []string{filter}}},
		"fact in-reykjavik":   {{Column: "registration_number", For: []string{find, filter}}, {Column: "place_of_birth", For: []string{filter, judge}}},
		"status registration": {{Column: "registration_number", For: []string{find}}, {Column: "sex", For: []string{judge}}},
	} {
		if diff := cmp.Diff(want, all[name].Withheld); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if s := all["status birth-credential"]; s.Withheld != nil || s.Columns != nil || s.Table != "" {
		t.Errorf("the state of a credential is in no register: %+v", s)
	}
	if rule := all["fact in-reykjavik"].Claims[0].Rule; !strings.Contains(rule, `place == "x"`) || !strings.Contains(rule, "Africa/Nairobi") {
		t.Errorf("%s", rule)
	}
	for name, trace := range all {
		if hints := len(trace.Suggestions); (hints == 1) != (name == "fact born-on" || name == "credential birth") {
			t.Errorf("%s has %d suggestions: %q", name, hints, trace.Suggestions)
		}
	}
}

// TestDescribedIsLogged: the columns that an explanation names are those that
// the log has for a question.
func TestDescribedIsLogged(t *testing.T) {
	i, _, _ := setUp(t, 1, withRelyingParties)
	traces, err := issuer.Describe(i.Config())
	must(t, err)
	credential := answer(t, i, known()).Credential
	for _, trace := range traces {
		q := query(func(q *issuer.Query) { q.Kind, q.Name = trace.Kind, trace.Name })
		if trace.Table == "" {
			q.Key = credential
		}
		consult(t, i, q)
		records := issuertest.Log(t, i.Store())
		asked := records[len(records)-2]
		if asked.Kind != logproof.Asked || !slices.Equal(asked.Columns, trace.Columns) {
			t.Errorf("%s %s reads %v, by the log %v", trace.Kind, trace.Name, trace.Columns, asked.Columns)
		}
	}
	if len(traces) != 7 {
		t.Errorf("%d traces", len(traces))
	}
}

// TestDescribeRefuses: a rule that cannot be compiled is named.
func TestDescribeRefuses(t *testing.T) {
	c := issuertest.Load(t, issuertest.Folder(t, 1, withRelyingParties,
		issuertest.Replace("{field: {column: place_of_birth}}", "{cel: {expression: 'place +', fields: {place: {column: place_of_birth}}}}")))
	if traces, err := issuer.Describe(c); !errors.Is(err, config.ErrInvalid) || !strings.Contains(err.Error(), "fact born-in: ") || traces != nil {
		t.Errorf("%v, %v", traces, err)
	}
}
