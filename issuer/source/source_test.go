package source_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/issuer/source"
)

// with returns a relation with a filter.
func with(filter ...source.Condition) source.Relation {
	return source.Relation{Table: "t", Key: "k", Columns: []string{"a"}, Filter: filter}
}

func TestValidate(t *testing.T) {
	for _, c := range []struct {
		name     string
		relation source.Relation
		names    string // what the error must name; "" if there is none
	}{
		{"whole", source.Relation{Table: "t", Key: "k", Columns: []string{"a", "k"}}, ""},
		{"columns that differ in case alone", source.Relation{Table: "t", Key: "k", Columns: []string{"a", "A"}}, ""},
		{"zero", source.Relation{}, "no table"},
		{"no table", source.Relation{Key: "k", Columns: []string{"a"}}, "no table"},
		{"no key", source.Relation{Table: "t", Columns: []string{"a"}}, "no key column"},
		{"no columns", source.Relation{Table: "t", Key: "k"}, "no columns"},
		{"a filter", with(source.Condition{Column: "s", Values: []string{"a", ""}}), ""},
		{"a condition without a column", with(source.Condition{Values: []string{"a"}}), "condition"},
		{"a condition without a value", with(source.Condition{Column: "s"}), `"s"`},
		{"a condition of very many values", with(source.Condition{Column: "s", Values: make([]string, source.MaxOptions+1)}), `"s"`},
		{"a condition that is no text", with(source.Condition{Column: "s", Values: []string{"\xff"}}), "no text"},
		{"very many conditions", with(make([]source.Condition, source.MaxConditions+1)...), "more than"},
		{"a column twice", source.Relation{Table: "t", Key: "k", Columns: []string{"a", "b", "a"}}, `"a"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.relation.Validate()
			if c.names == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if !errors.Is(err, source.ErrShape) || !strings.Contains(err.Error(), c.names) {
				t.Fatalf("got %v, want ErrShape that says %q", err, c.names)
			}
		})
	}
}
