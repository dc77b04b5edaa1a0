package config_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/source"
)

// filtered is least with a filter of its profile, as YAML.
func filtered(t testing.TB, where string) []byte {
	t.Helper()
	return []byte(with(t, "    validity", "    where: "+where+"\n    validity"))
}

// TestWhere: values are text as they are written, and the columns are in one
// order.
func TestWhere(t *testing.T) {
	for where, want := range map[string][]source.Condition{
		`{}`: nil,
		`{status: [registered, amended], place: ["Ærøskøbing", 'it''s', "a\"; DROP TABLE births; --"]}`: {
			{Column: "place", Values: []string{"Ærøskøbing", "it's", `a"; DROP TABLE births; --`}},
			{Column: "status", Values: []string{"registered", "amended"}},
		},
		`{s: ["01", "", 'null', "1.0", " a ", yes, true, 1, -5, 9007199254740993, 99999999999999999999999, 2020-01-02, 02, 0x10, +7, 2.0, 1e3, 1_000, No]}`: {
			{Column: "s", Values: []string{"01", "", "null", "1.0", " a ", "yes", "true", "1", "-5", "9007199254740993", "99999999999999999999999", "2020-01-02", "02", "0x10", "+7", "2.0", "1e3", "1_000", "No"}},
		},
		"\n      b:\n        - 7\n        - two words # a comment\n        - |\n          two\n          lines\n      a:\n        - x": {
			{Column: "a", Values: []string{"x"}}, {Column: "b", Values: []string{"7", "two words", "two\nlines\n"}},
		},
		`{a b: [x], "c\"d": [x]}`: {{Column: "a b", Values: []string{"x"}}, {Column: `c"d`, Values: []string{"x"}}},
	} {
		c, err := config.Parse(filtered(t, where), "")
		if err != nil {
			t.Errorf("%s: %v", where, err)
			continue
		}
		if diff := cmp.Diff(want, c.Profiles["birth"].Where.Filter()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", where, diff)
		}
		for range 10 {
			if diff := cmp.Diff(want, c.Profiles["birth"].Where.Filter()); diff != "" {
				t.Fatalf("%s, in another order (-want +got):\n%s", where, diff)
			}
		}
	}
}

func TestWhereRefused(t *testing.T) {
	columns, values := make([]string, source.MaxConditions+1), make([]string, source.MaxOptions+1)
	for i := range columns {
		columns[i] = fmt.Sprintf("c%d: [a]", i)
	}
	for i := range values {
		values[i] = fmt.Sprint("v", i)
	}
	for name, test := range map[string]struct{ where, want string }{
		"one value without a list":  {`{status: registered}`, "line 14: the values of a column are a list"},
		"a list of columns":         {`[status]`, "mapping"},
		"no values":                 {`{status: []}`, `"status" has no values`},
		"nothing":                   {`{status: }`, `"status" has no values`},
		"a value twice":             {`{status: [a, b, a]}`, "twice"},
		"a column twice":            {`{status: [a], status: [b]}`, "status"},
		"a column without a name":   {`{"": [a]}`, "no name"},
		"a blank":                   {`{status: [null]}`, "line 14: null is no text"},
		"another blank":             {`{status: [a, ~]}`, "null is no text"},
		"nothing in the list":       {"\n      status:\n        - a\n        -", "line 17"},
		"not a number":              {`{status: [.nan]}`, ".nan is no text"},
		"an infinite number":        {`{status: [.inf]}`, ".inf is no text"},
		"a tag":                     {`{status: [!!str 01]}`, "is no text"},
		"an anchor":                 {`{status: [&a b, *a]}`, "line 14: anchors"},
		"a list in a list":          {`{status: [[a]]}`, "[a] is no text"},
		"a map in a list":           {`{status: [{a: b}]}`, "{a: b} is no text"},
		"more columns than allowed": {"{" + strings.Join(columns, ", ") + "}", fmt.Sprint(source.MaxConditions)},
		"more values than allowed":  {"{status: [" + strings.Join(values, ", ") + "]}", fmt.Sprint(source.MaxOptions)},
		"a value that is too long":  {"{status: [" + strings.Repeat("a", source.MaxValue+1) + "]}", fmt.Sprint(source.MaxValue)},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := config.Parse(filtered(t, test.where), "")
			if !errors.Is(err, config.ErrInvalid) || c != nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %+v, %.300v", c, err)
			}
		})
	}
}

// TestWhereAtItsLimits: as many columns and values as a relation may have.
func TestWhereAtItsLimits(t *testing.T) {
	columns, values := make([]string, source.MaxConditions), make([]string, source.MaxOptions)
	for i := range values {
		values[i] = fmt.Sprint("v", i)
	}
	for i := range columns {
		columns[i] = fmt.Sprintf("c%d: [%s]", i, strings.Join(values, ", "))
	}
	c, err := config.Parse(filtered(t, "{"+strings.Join(columns, ", ")+"}"), "")
	if err != nil {
		t.Fatal(err)
	}
	r := source.Relation{Table: "t", Key: "k", Columns: []string{"a"}, Filter: c.Profiles["birth"].Where.Filter()}
	if err := r.Validate(); err != nil || len(r.Filter) != source.MaxConditions {
		t.Errorf("%d conditions, %v", len(r.Filter), err)
	}
}
