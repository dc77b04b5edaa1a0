package sourcetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/issuer/source"
)

// deeds has records that a filter on status or kind leaves or leaves out; the
// first value of each row is its key, the last says which row it is.
func deeds() Table {
	return Table{
		Name: "deeds", Columns: []string{"id", "status", "kind", "row"}, Key: "id",
		Rows: [][]*string{
			text("a", "registered", "land", "a"),
			text("b", "amended", "land", "b"),
			text("c", "cancelled", "land", "c"),
			text("d", nil, "land", "d"),
			text("e", "", "land", "e"),
			text("f", "registered", nil, "f"),
			text("g", "registered", "ship", "g"),
			text("one of three", "cancelled", "land", "left out"),
			text("one of three", "registered", "land", "kept"),
			text("one of three", nil, "land", "left out"),
			text("two", "registered", "land", "first"),
			text("two", "amended", "land", "second"),
			text("none of two", "cancelled", "ship", "first"),
			text("none of two", "cancelled", "ship", "second"),
			text(nil, "cancelled", "land", "without a key"),
		},
	}
}

func where(column string, values ...string) source.Condition {
	return source.Condition{Column: column, Values: values}
}

// testFilter wants a row that a filter leaves out not to be there: for lookups,
// for what makes one record one of many, and for the keys.
func testFilter(t *testing.T, open Open) {
	compiled := open(t, deeds())
	for _, c := range []struct {
		name   string
		filter []source.Condition
		left   map[string]string // the row that each key has
		many   []string          // keys that more than one row has
	}{
		{
			"one value",
			[]source.Condition{where("status", "registered")},
			map[string]string{"a": "a", "f": "f", "g": "g", "one of three": "kept", "two": "first"},
			nil,
		},
		{
			"many values",
			[]source.Condition{where("status", "amended", "never", "registered")},
			map[string]string{"a": "a", "b": "b", "f": "f", "g": "g", "one of three": "kept"},
			[]string{"two"},
		},
		{"an empty text, which no blank is", []source.Condition{where("status", "")}, map[string]string{"e": "e"}, nil},
		{"a value that no row has", []source.Condition{where("status", "NULL", "Registered", "registered ")}, nil, nil},
		{
			"conditions combined",
			[]source.Condition{where("status", "registered", "amended"), where("kind", "ship", "air")},
			map[string]string{"g": "g"},
			nil,
		},
		{
			"conditions on one column",
			[]source.Condition{where("status", "registered", "amended"), where("status", "amended", "cancelled")},
			map[string]string{"b": "b", "two": "second"},
			nil,
		},
		{"on the key", []source.Condition{where("id", "a", "two")}, map[string]string{"a": "a"}, []string{"two"}},
		{"on a column that is returned", []source.Condition{where("row", "kept")}, map[string]string{"one of three": "kept"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := filtered(t, compiled, deeds(), c.filter, "row")
			want := slices.Clone(c.many)
			for _, row := range deeds().Rows {
				if row[0] == nil {
					continue
				}
				key := *row[0]
				if left, ok := c.left[key]; ok {
					mustGet(t, s, key, source.Record{"row": left})
					want = append(want, key)
				} else if slices.Contains(c.many, key) {
					refuse(t, s, key, source.ErrMany)
				} else {
					refuse(t, s, key, source.ErrNone)
				}
			}
			slices.Sort(want)
			if diff := cmp.Diff(slices.Compact(want), collect(t, s)); diff != "" {
				t.Errorf("Keys (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("a record without a key that is left", func(t *testing.T) {
		s := filtered(t, compiled, deeds(), []source.Condition{where("status", "cancelled")}, "row")
		if _, err := walk(t.Context(), s); !errors.Is(err, source.ErrShape) {
			t.Errorf("got %v, want ErrShape", err)
		}
	})
}

// testFilterExact filters for each of a set of look-alikes beside the others,
// and then for others. Each leaves its own row alone.
func testFilterExact(t *testing.T, open Open) {
	table := Table{Name: "lookalikes", Columns: []string{"k", "v"}, Key: "k", Rows: [][]*string{text("blank", nil)}}
	for i, value := range lookalikes() {
		table.Rows = append(table.Rows, text(fmt.Sprint("k", i), value))
	}
	compiled := open(t, table)
	for i, value := range lookalikes() {
		s := filtered(t, compiled, table, []source.Condition{where("v", value)}, "v")
		key := fmt.Sprint("k", i)
		mustGet(t, s, key, source.Record{"v": value})
		if diff := cmp.Diff([]string{key}, collect(t, s)); diff != "" {
			t.Errorf("filtered for %q, Keys (-want +got):\n%s", value, diff)
		}
	}
	s := filtered(t, compiled, table, []source.Condition{where("v", append(unlike(), strings.Repeat("a", source.MaxValue))...)}, "v")
	if keys := collect(t, s); len(keys) != 0 {
		t.Errorf("filtered for what is not there: %q", keys)
	}
	refuse(t, s, "k0", source.ErrNone)
}

// testFilterKeys has more keys than a driver reads at once, of which a filter
// leaves a third.
func testFilterKeys(t *testing.T, open Open) {
	table := Table{Name: "thirds", Columns: []string{"k", "third"}, Key: "k"}
	var want []string
	for i := range 3 * many {
		key := fmt.Sprintf("k%05d", i)
		table.Rows = append(table.Rows, text(key, fmt.Sprint(i%3)))
		if i%3 == 1 {
			want = append(want, key)
		}
	}
	s := filtered(t, open(t, table), table, []source.Condition{where("third", "1")}, "third")
	for range 2 {
		if diff := cmp.Diff(want, collect(t, s)); diff != "" {
			t.Errorf("Keys (-want +got):\n%.2000s", diff)
		}
	}
}

// testFilterCompile wants a filter on what the source does not have refused at
// once, by name, and one that was compiled to stay as it is.
func testFilterCompile(t *testing.T, open Open) {
	compiled := open(t, people())
	for column, says := range map[string][]string{
		"died": {`"died"`, `"born"`}, "Name": {`"Name"`, `"name"`}, "*": {`"*"`}, "1": {`"1"`}, `name" = "name" OR "name`: nil, "name\x00": nil, "": nil,
	} {
		_, err := compiled(source.Relation{Table: "people", Key: "id", Columns: []string{"name"}, Filter: []source.Condition{where(column, "s3cret")}})
		if !errors.Is(err, source.ErrShape) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: got %v, want ErrShape without the value", column, err)
			continue
		}
		for _, word := range says {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%v does not say %s", err, word)
			}
		}
	}
	t.Run("then changed", func(t *testing.T) {
		filter := []source.Condition{where("name", "Zoë")}
		s := filtered(t, compiled, people(), filter, "name")
		filter[0].Values[0], filter[0].Column = "秀英", "born"
		mustGet(t, s, "p-1", source.Record{"name": "Zoë"})
		refuse(t, s, "p-2", source.ErrNone)
	})
}

// testFilterNames filters on columns whose names need quoting.
func testFilterNames(t *testing.T, open Open) {
	for _, name := range []string{"order", "two words", `a"b`, "it's", "-- x", "?1", "$1", "%[1]s"} {
		t.Run(name, func(t *testing.T) {
			table := Table{Name: "named", Columns: []string{"k", name}, Key: "k", Rows: [][]*string{text("a", "in"), text("b", "out"), text("c", nil)}}
			s := filtered(t, open(t, table), table, []source.Condition{where(name, "in")}, "k")
			mustGet(t, s, "a", source.Record{"k": "a"})
			refuse(t, s, "b", source.ErrNone)
			refuse(t, s, "c", source.ErrNone)
		})
	}
}

func filtered(t *testing.T, compiled func(source.Relation) (source.Source, error), table Table, filter []source.Condition, columns ...string) source.Source {
	t.Helper()
	s, err := compiled(source.Relation{Table: table.Name, Key: table.Key, Columns: columns, Filter: filter})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
