package sourcetest

import (
	"errors"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/issuer/source"
)

// testNames puts names that need quoting everywhere a name can stand.
func testNames(t *testing.T, open Open) {
	for _, name := range []string{"order", "Select", "two words", "naïve", `a"b`, "it's", "a;b", "-- x", "100%", "a.b", "[a]", "`a`", "1st", "?1", "a, b"} {
		t.Run(name, func(t *testing.T) {
			other := name + " too"
			s := compile(t, open, Table{
				Name: name, Columns: []string{name, other}, Key: name,
				Rows: [][]*string{text("1", "one"), text("2", "two")},
			}, other, name)
			mustGet(t, s, "2", source.Record{name: "2", other: "two"})
		})
	}
}

// testCompile wants a relation that the source does not have refused at once,
// with the missing name and what there is instead.
func testCompile(t *testing.T, open Open) {
	compiled := open(t, people())
	for _, c := range []struct {
		name     string
		relation source.Relation
		says     []string
	}{
		{"table", source.Relation{Table: "persons", Key: "id", Columns: []string{"name"}}, []string{`"persons"`}},
		{"table in another case", source.Relation{Table: "People", Key: "id", Columns: []string{"name"}}, []string{`"People"`}},
		{"key", source.Relation{Table: "people", Key: "key", Columns: []string{"name"}}, []string{`"key"`, `"id"`}},
		{"column", source.Relation{Table: "people", Key: "id", Columns: []string{"name", "died"}}, []string{`"died"`, `"born"`}},
		{"column in another case", source.Relation{Table: "people", Key: "id", Columns: []string{"Name"}}, []string{`"Name"`, `"name"`}},
		{"all columns", source.Relation{Table: "people", Key: "id", Columns: []string{"*"}}, []string{`"*"`}},
		{"expression", source.Relation{Table: "people", Key: "id", Columns: []string{"name || born"}}, []string{`"name || born"`}},
		{"injection in a column", source.Relation{Table: "people", Key: "id", Columns: []string{`name", "born`}}, nil},
		{"injection in the key", source.Relation{Table: "people", Key: `id" = '' OR "id`, Columns: []string{"name"}}, nil},
		{"injection in the table", source.Relation{Table: `people"; DROP TABLE "people`, Key: "id", Columns: []string{"name"}}, nil},
		{"NUL", source.Relation{Table: "people\x00", Key: "id", Columns: []string{"name"}}, nil},
		{"no columns", source.Relation{Table: "people", Key: "id"}, nil},
		{"a column twice", source.Relation{Table: "people", Key: "id", Columns: []string{"name", "name"}}, []string{`"name"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := compiled(c.relation)
			if !errors.Is(err, source.ErrShape) {
				t.Fatalf("got %v, want ErrShape", err)
			}
			for _, word := range c.says {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("%v does not say %s", err, word)
				}
			}
		})
	}
	s, err := compiled(source.Relation{Table: "people", Key: "id", Columns: []string{"name"}})
	if err != nil {
		t.Fatal(err)
	}
	mustGet(t, s, "p-1", source.Record{"name": "Zoë"})
}
