package claims_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/issuer/claims"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/source"
)

var now = time.Date(2026, 11, 22, 1, 30, 0, 0, time.UTC)

// tester is a test, or one draw of a property.
type tester interface {
	Helper()
	Fatal(args ...any)
}

func compile(t tester, r config.Rule) *claims.Rule {
	t.Helper()
	rule, err := claims.Compile(r)
	if err != nil {
		t.Fatal(err)
	}
	return rule
}

func fieldRule(column, as string) config.Rule {
	return config.Rule{Field: &config.Field{Column: column, As: as, Separator: "; "}}
}

func compareRule(column, as, is string, to ...string) config.Rule {
	return config.Rule{Compare: &config.Compare{Column: column, As: as, Is: is, To: to}}
}

// answer wants the rule to have an answer for the record.
func answer(t tester, rule *claims.Rule, record source.Record, at time.Time) any {
	t.Helper()
	v, err := rule.Evaluate(record, true, at)
	if err != nil {
		t.Fatal(err)
	}
	return v.Any()
}

func TestExists(t *testing.T) {
	rule := compile(t, config.Rule{Exists: true})
	for _, found := range []bool{true, false} {
		if got, err := rule.Evaluate(nil, found, now); err != nil || got.Any() != found || got.Kind() != claims.YesNo {
			t.Errorf("found %v: %v, %v", found, got, err)
		}
	}
	if columns := rule.Columns(); len(columns) != 0 {
		t.Errorf("it reads %q", columns)
	}
}

// TestNotFound: no rule but exists has an answer for a record that is not
// there.
func TestNotFound(t *testing.T) {
	for name, r := range map[string]config.Rule{
		"field":   fieldRule("a", "text"),
		"compare": compareRule("a", "text", "not equal", "x"),
	} {
		got, err := compile(t, r).Evaluate(source.Record{"a": "b"}, false, now)
		if !errors.Is(err, source.ErrNone) || !got.IsZero() {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestField(t *testing.T) {
	record := source.Record{"name": "Þórdís", "n": "-7", "born": "2019-03-07", "types": "a; b", "other": "CANARY"}
	for _, test := range []struct {
		column, as string
		want       any
		kind       claims.Kind
	}{
		{"name", "text", "Þórdís", claims.Text},
		{"n", "integer", int64(-7), claims.Integer},
		{"born", "date", "2019-03-07", claims.Date},
		{"types", "list", []string{"a", "b"}, claims.List},
	} {
		rule := compile(t, fieldRule(test.column, test.as))
		got, err := rule.Evaluate(record, true, now)
		if diff := cmp.Diff(test.want, got.Any()); diff != "" || err != nil || got.Kind() != test.kind || rule.Kind() != test.kind {
			t.Errorf("%s: %s %v %s", test.as, diff, err, got.Kind())
		}
		if diff := cmp.Diff([]string{test.column}, rule.Columns()); diff != "" {
			t.Error(diff)
		}
	}
}

// TestRefusedRecords: the error is an ErrValue that names the column and no
// value.
func TestRefusedRecords(t *testing.T) {
	for name, test := range map[string]struct {
		rule config.Rule
		text string
	}{
		"a blank field":           {fieldRule("col", "text"), ""},
		"a field that is no date": {fieldRule("col", "date"), "CANARY"},
		"an integer too large":    {fieldRule("col", "integer"), "9007199254740992"},
		"a list with a blank":     {fieldRule("col", "list"), "CANARY; "},
		"a blank comparison":      {compareRule("col", "date", "at most", "today"), ""},
		"a blank inequality":      {compareRule("col", "text", "not equal", "a"), ""},
		"comparing what is none":  {compareRule("col", "integer", "less than", "3"), "CANARY"},
		"comparing a bad date":    {compareRule("col", "date", "not equal", "today"), "2026-02-29"},
	} {
		record := source.Record{"other": "CANARY"}
		if test.text != "" {
			record["col"] = test.text
		}
		got, err := compile(t, test.rule).Evaluate(record, true, now)
		if !errors.Is(err, claims.ErrValue) || !got.IsZero() || !strings.Contains(err.Error(), "column col") {
			t.Errorf("%s: %v, %v", name, got, err)
			continue
		}
		if test.text != "" && strings.Contains(err.Error(), test.text) || strings.Contains(err.Error(), "CANARY") {
			t.Errorf("%s: the error has the value: %v", name, err)
		}
	}
}

func TestCompileRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		rule config.Rule
		want string
	}{
		"nothing":                {config.Rule{}, "none of exists"},
		"an unknown zone":        {config.Rule{Exists: true, Zone: "Moon/Base"}, "Moon/Base"},
		"a field of no kind":     {fieldRule("col", "number"), `"number"`},
		"a field of no as":       {fieldRule("col", ""), "column col"},
		"a list of no separator": {config.Rule{Field: &config.Field{Column: "col", As: "list"}}, "separator"},
		"an unknown comparison":  {compareRule("col", "date", "before", "today"), `"before"`},
		"an ordered text":        {compareRule("col", "text", "at most", "m"), "text"},
		"nothing to compare":     {compareRule("col", "text", "equal"), "0 values"},
		"two to compare":         {compareRule("col", "text", "equal", "a", "b"), "2 values"},
		"an integer like 007":    {compareRule("col", "integer", "equal", "007"), `"007"`},
		"an integer too large":   {compareRule("col", "integer", "less than", "9007199254740992"), "9007199254740992"},
		"a date of no month":     {compareRule("col", "date", "less than", "2026-13-01"), "2026-13-01"},
		"a date of no unit":      {compareRule("col", "date", "less than", "today - 18"), "today - 18"},
		"a date far away":        {compareRule("col", "date", "less than", "today - 10001 years"), "10000 years"},
		"a date of no year":      {compareRule("col", "date", "one of", "2026-01-01", "tomorrow"), "tomorrow"},
	} {
		rule, err := claims.Compile(test.rule)
		if !errors.Is(err, config.ErrInvalid) || rule != nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, %v", name, rule, err)
		}
	}
}

func TestExplain(t *testing.T) {
	for _, test := range []struct {
		rule config.Rule
		want string
	}{
		{config.Rule{Exists: true}, "It reads no column and answers yes if there is such a record, else no."},
		{fieldRule("name", "text"), "It reads column name and answers the text in it."},
		{
			compareRule("born", "date", "at most", "today - 18 years"),
			"It reads column born and answers yes if the date in it is on or before today - 18 years, else no.",
		},
		{compareRule("n", "integer", "more than", "5"), "It reads column n and answers yes if the integer in it is more than 5, else no."},
		{compareRule("n", "text", "not equal", "a"), "It reads column n and answers yes if the text in it is not equal to a, else no."},
		{compareRule("n", "text", "one of", "a", "b"), "It reads column n and answers yes if the text in it is one of a, b, else no."},
	} {
		if got := compile(t, test.rule).Explain(); got != test.want {
			t.Errorf("got %s, want %s", got, test.want)
		}
	}
}

func TestSuggestion(t *testing.T) {
	for _, test := range []struct {
		rule       config.Rule
		disclosure string
		want       string // "": none
	}{
		{fieldRule("born", "date"), "value", "today - 18 years"},
		{fieldRule("seats", "integer"), "value", "at least"},
		{fieldRule("born", "date"), "redacted", ""},
		{fieldRule("name", "text"), "value", ""},
		{compareRule("born", "date", "at most", "today"), "value", ""},
	} {
		got := compile(t, test.rule).Suggestion(test.disclosure)
		if (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("%v %s: %q", test.rule, test.disclosure, got)
		}
	}
}

func TestComparison(t *testing.T) {
	column, is, to, ok := compile(t, compareRule("born", "date", "at most", "today - 18 years")).Comparison()
	if !ok || column != "born" || is != "at most" || to != "today - 18 years" {
		t.Errorf("%s %s %s %v", column, is, to, ok)
	}
	for _, r := range []config.Rule{{Exists: true}, fieldRule("a", "date"), compareRule("a", "text", "equal", "b")} {
		if _, _, _, ok := compile(t, r).Comparison(); ok {
			t.Errorf("%+v is a threshold", r)
		}
	}
}
