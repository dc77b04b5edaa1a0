package sqlite

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/issuer/scope"
	"github.com/chancery-vc/chancery/issuer/source"
)

// needs are relations, and all columns that their questions need.
var needs = map[string]struct {
	relation source.Relation
	columns  []string
}{
	"one column":     {source.Relation{Table: "t", Key: "k", Columns: []string{"a"}}, []string{"a", "k"}},
	"the key itself": {source.Relation{Table: "t", Key: "k", Columns: []string{"k"}}, []string{"k"}},
	"another key":    {source.Relation{Table: "t", Key: "b", Columns: []string{"a", "c"}}, []string{"a", "b", "c"}},
	"filtered": {
		source.Relation{Table: "t", Key: "k", Columns: []string{"a"}, Filter: []source.Condition{{Column: "b", Values: []string{"1", "2"}}, {Column: "c", Values: []string{"1"}}}},
		[]string{"a", "b", "c", "k"},
	},
	"filtered by what is returned": {
		source.Relation{Table: "t", Key: "k", Columns: []string{"a"}, Filter: []source.Condition{{Column: "a", Values: []string{"1"}}}},
		[]string{"a", "k"},
	},
}

const createNeeds = `CREATE TABLE rows (k TEXT, a TEXT, b TEXT, c TEXT); INSERT INTO rows VALUES ('x', '1', '1', '1'), ('y', '1', '1', '1');
	CREATE VIEW t AS SELECT k, a, b, c, json_extract('{', a) AS spoilt FROM rows`

// TestStatementsNameWhatIsNeeded: the statements of a relation compile where its
// columns are all that there is; without any one of them, they do not.
func TestStatementsNameWhatIsNeeded(t *testing.T) {
	for name, c := range needs {
		t.Run(name, func(t *testing.T) {
			statements := mustCompile(t, made(t, createNeeds), c.relation).statements()
			if refused := refusals(t, statements, c.columns); len(refused) != 0 {
				t.Errorf("with %v alone: %v", c.columns, refused)
			}
			for i, column := range c.columns {
				rest := append(slices.Delete(slices.Clone(c.columns), i, i+1), "other")
				refused := refusals(t, statements, rest)
				if len(refused) == 0 || !strings.Contains(refused[0], `no such column: "`+column+`"`) {
					t.Errorf("without %s: %v", column, refused)
				}
			}
		})
	}
}

// refusals returns why statements do not compile where t has these columns.
func refusals(t *testing.T, statements, columns []string) (refused []string) {
	t.Helper()
	only, err := newScoped(t.Context(), scope.Scope{Relations: []scope.Relation{{Table: "t", Keys: columns[:1], Columns: columns}}})
	if err != nil {
		t.Fatal(err)
	}
	defer only.close()
	for _, statement := range statements {
		if err := only.compile(t.Context(), statement); err != nil {
			refused = append(refused, err.Error())
		}
	}
	return refused
}

// TestScopedHasNothingElse: what is not a column of the scope does not compile.
func TestScopedHasNothingElse(t *testing.T) {
	refused := refusals(t, []string{"SELECT rowid FROM t", "SELECT _rowid_ FROM main.t", `SELECT "text" FROM t`, "SELECT k FROM rows", "SELECT k FROM temp.t"}, []string{"k"})
	if len(refused) != 5 {
		t.Errorf("refused only: %v", refused)
	}
}

// TestNothingElseIsRead reads a view one column of which cannot be read: only
// what names it comes to grief.
func TestNothingElseIsRead(t *testing.T) {
	db := made(t, createNeeds)
	for name, c := range needs {
		s := mustCompile(t, db, c.relation)
		key := "x"
		if c.relation.Key == "b" {
			key = "1"
		}
		record, err := s.Lookup(t.Context(), key)
		if c.relation.Key == "b" {
			if !errors.Is(err, source.ErrMany) {
				t.Errorf("%s: got %v, %v", name, record, err)
			}
		} else if err != nil || len(record) != len(c.relation.Columns) {
			t.Errorf("%s: got %v, %v", name, record, err)
		}
		if keys := walk(t, s); len(keys) == 0 {
			t.Errorf("%s: no keys", name)
		}
	}
	for _, r := range []source.Relation{
		{Table: "t", Key: "k", Columns: []string{"spoilt"}},
		{Table: "t", Key: "k", Columns: []string{"a"}, Filter: []source.Condition{{Column: "spoilt", Values: []string{"1"}}}},
	} {
		refused(t, mustCompile(t, db, r), "x", source.ErrShape, "SQLITE_ERROR")
	}
}

// TestFilterClasses: an integer holds its decimal text and no other; a value of
// a class without a text holds none.
func TestFilterClasses(t *testing.T) {
	db := made(t, `CREATE TABLE t (k TEXT PRIMARY KEY, v);
		INSERT INTO t VALUES ('integer', 7), ('text', '7'), ('padded', '07'), ('real', 7.0), ('blob', x'37'), ('null', NULL), ('large', 9007199254740993), ('near', 9007199254740992)`)
	for value, want := range map[string][]string{
		"7": {"integer", "text"}, "07": {"padded"}, "7.0": nil, "": nil, "9007199254740993": {"large"}, "9007199254740993.0": nil, "+7": nil,
	} {
		s := mustCompile(t, db, source.Relation{Table: "t", Key: "k", Columns: []string{"k"}, Filter: []source.Condition{{Column: "v", Values: []string{value}}}})
		if diff := cmp.Diff(want, walk(t, s)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", value, diff)
		}
	}
}

// TestFilterCollation: a column's own collation does not widen its filter.
func TestFilterCollation(t *testing.T) {
	for _, declared := range []string{"TEXT COLLATE NOCASE", "TEXT COLLATE RTRIM", "INTEGER", "DATE"} {
		db := made(t, "CREATE TABLE t (k TEXT PRIMARY KEY, v "+declared+"); CREATE INDEX i ON t (v); INSERT INTO t VALUES ('1', 'a'), ('2', 'A'), ('3', 'a ')")
		s := mustCompile(t, db, source.Relation{Table: "t", Key: "k", Columns: []string{"v"}, Filter: []source.Condition{{Column: "v", Values: []string{"a", "B"}}}})
		if diff := cmp.Diff([]string{"1"}, walk(t, s)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", declared, diff)
		}
	}
}

// TestFilterUsesTheKeysIndex: a filter does not make a lookup read the table.
func TestFilterUsesTheKeysIndex(t *testing.T) {
	db := made(t, "CREATE TABLE t (k TEXT PRIMARY KEY, v TEXT); CREATE INDEX i ON t (v)")
	s := mustCompile(t, db, source.Relation{Table: "t", Key: "k", Columns: []string{"v"}, Filter: []source.Condition{{Column: "v", Values: []string{"a", "b"}}}})
	if plan := plan(t, db, s.lookup, "a", "a", "a", "b"); !strings.Contains(plan, "SEARCH main.t USING INDEX sqlite_autoindex_t_1 (k=?)") {
		t.Error(plan)
	}
}
