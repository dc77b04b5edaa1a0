package sqlite

import (
	"database/sql"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/issuer/source/sourcetest"
)

// TestStorageClasses reads each storage class from columns of each declared
// type that could lead SQLite or its driver to convert it.
func TestStorageClasses(t *testing.T) {
	for _, declared := range []string{"", "TEXT", "BLOB", "INTEGER", "NUMERIC", "REAL", "DATE", "DATETIME", "TIMESTAMP", "BOOLEAN", "VARCHAR(2)", "ANY", "TEXT COLLATE NOCASE"} {
		t.Run(declared, func(t *testing.T) {
			for _, c := range []struct {
				value, kind string // an SQL literal; the class it must be stored as to be judged
				want        string
				refused     string
			}{
				{"'2020-01-02'", "text", "2020-01-02", ""},
				{"'2020-01-02 03:04:05+02:00'", "text", "2020-01-02 03:04:05+02:00", ""},
				{"''", "text", "", ""},
				{"'a' || char(0) || 'b'", "text", "a\x00b", ""},
				{"'true'", "text", "true", ""},
				{"0", "integer", "0", ""},
				{"1577934245", "integer", "1577934245", ""},
				{"9223372036854775807", "integer", "9223372036854775807", ""},
				{"-9223372036854775808", "integer", "-9223372036854775808", ""},
				{"0.1", "real", "", "real"},
				{"1e300", "real", "", "real"},
				{"9223372036854775808", "real", "", "real"},
				{"x'61'", "blob", "", "blob"},
				{"x''", "blob", "", "blob"},
				{"zeroblob(70000)", "blob", "", "bytes"},
				{"CAST(x'ff' AS TEXT)", "text", "", "UTF-8"},
				{"CAST(x'eda080' AS TEXT)", "text", "", "UTF-8"},
			} {
				db := made(t, "CREATE TABLE t (k TEXT, v "+declared+"); INSERT INTO t VALUES ('a', "+c.value+")")
				if stored, err := db.names(t.Context(), "SELECT typeof(v) FROM t"); err != nil {
					t.Fatal(err)
				} else if stored[0] != c.kind {
					continue // the column converted it when it was written
				}
				s := mustSource(t, db, "t", "k", "v")
				if c.refused != "" {
					refused(t, s, "a", source.ErrShape, c.refused)
					refused(t, s, "a", source.ErrShape, `"v"`)
				} else if record, err := s.Lookup(t.Context(), "a"); err != nil || record["v"] != c.want || len(record) != 1 {
					t.Errorf("%s: got %q, %v", c.value, record, err)
				}
			}
		})
	}
}

// TestIntegerKeys finds an integer by its decimal text and no other, whatever
// the column is declared as, and orders integers by number.
func TestIntegerKeys(t *testing.T) {
	for _, declared := range []string{"INTEGER", "INTEGER PRIMARY KEY", "NUMERIC", "", "BLOB", "ANY"} {
		t.Run(declared, func(t *testing.T) {
			db := made(t, "CREATE TABLE t (k "+declared+", v TEXT); INSERT INTO t VALUES (7, 'seven'), (10, 'ten'), (-3, 'minus three'), (0, 'zero'), (9007199254740993, 'large')")
			s := mustSource(t, db, "t", "k", "k", "v")
			want := []string{"-3", "0", "7", "10", "9007199254740993"}
			for _, key := range want {
				if record, err := s.Lookup(t.Context(), key); err != nil || record["k"] != key {
					t.Errorf("Lookup(%q): got %v, %v", key, record, err)
				}
			}
			for _, key := range []string{"07", "7.0", "7e0", "+7", " 7", "7 ", "0x7", "-0", "00", "٧", "9007199254740992", "9007199254740993.0"} {
				refused(t, s, key, source.ErrNone, "no record")
			}
			if diff := cmp.Diff(want, walk(t, s)); diff != "" {
				t.Errorf("Keys (-want +got):\n%s", diff)
			}
		})
	}
}

// TestMixedKeys has integers and text in one column, some with the same text.
func TestMixedKeys(t *testing.T) {
	db := made(t, "CREATE TABLE t (k, v); INSERT INTO t VALUES (7, 'integer'), ('7', 'text'), (10, 'x'), ('1', 'y'), ('a', 'z'), ('', 'blank')")
	s := mustSource(t, db, "t", "k", "v")
	refused(t, s, "7", source.ErrMany, "more than one")
	if record, err := s.Lookup(t.Context(), ""); err != nil || record["v"] != "blank" {
		t.Errorf("got %v, %v", record, err)
	}
	if diff := cmp.Diff([]string{"7", "10", "", "1", "7", "a"}, walk(t, s)); diff != "" {
		t.Errorf("Keys (-want +got):\n%s", diff)
	}
}

func TestKeysThatAreNoText(t *testing.T) {
	for value, says := range map[string]string{"7.5": "real", "x'37'": "blob", "CAST(x'ff' AS TEXT)": "UTF-8", "NULL": "no key"} {
		s := mustSource(t, made(t, "CREATE TABLE t (k NUMERIC, v); INSERT INTO t VALUES ("+value+", 'v')"), "t", "k", "v")
		for _, key := range []string{"7.5", "7", "\xff", "", "NULL"} {
			refused(t, s, key, source.ErrNone, "no record")
		}
		var last error
		for _, last = range s.Keys(t.Context()) {
		}
		if !errors.Is(last, source.ErrShape) || !strings.Contains(last.Error(), says) {
			t.Errorf("Keys of %s: got %v, want ErrShape that says %q", value, last, says)
		}
	}
}

// TestOversizeKey has a key that could not be returned.
func TestOversizeKey(t *testing.T) {
	s := mustSource(t, made(t, "CREATE TABLE t (k TEXT, v TEXT); INSERT INTO t VALUES (printf('%065537d', 0), 'v')"), "t", "k", "v")
	refused(t, s, strings.Repeat("0", source.MaxValue+1), source.ErrNone, "no record")
	var last error
	for _, last = range s.Keys(t.Context()) {
	}
	if !errors.Is(last, source.ErrShape) || !strings.Contains(last.Error(), `"k"`) {
		t.Errorf("Keys: got %v, want ErrShape that names the column", last)
	}
}

// TestCollations declares collations that match more than the same bytes.
func TestCollations(t *testing.T) {
	for _, collation := range []string{"BINARY", "NOCASE", "RTRIM"} {
		db := made(t, "CREATE TABLE t (k TEXT COLLATE "+collation+", v TEXT); CREATE INDEX i ON t (k); INSERT INTO t VALUES ('b', '1'), ('B', '2'), ('b ', '3'), ('a', '4')")
		s := mustSource(t, db, "t", "k", "v")
		for key, want := range map[string]string{"b": "1", "B": "2", "b ": "3", "a": "4"} {
			if record, err := s.Lookup(t.Context(), key); err != nil || record["v"] != want {
				t.Errorf("%s: Lookup(%q): got %v, %v", collation, key, record, err)
			}
		}
		refused(t, s, "A", source.ErrNone, "no record")
		refused(t, s, "a ", source.ErrNone, "no record")
		if diff := cmp.Diff([]string{"B", "a", "b", "b "}, walk(t, s)); diff != "" {
			t.Errorf("%s: Keys (-want +got):\n%s", collation, diff)
		}
	}
}

// TestRelations reads what is not a plain table.
func TestRelations(t *testing.T) {
	db := made(t, `CREATE TABLE t (k TEXT PRIMARY KEY, n INTEGER, r REAL, up TEXT AS (upper(k)), kept TEXT AS (k || '!') STORED) WITHOUT ROWID;
		INSERT INTO t VALUES ('a', 1, 0.5), ('b', 2, 1.5);
		CREATE VIEW current AS SELECT k AS id, printf('%.2f', r) AS share FROM t WHERE n > 1;
		CREATE VIEW broken AS SELECT nowhere FROM t;
		CREATE VIEW inward AS SELECT name FROM pragma_database_list`)
	if record, err := mustSource(t, db, "t", "k", "up", "kept").Lookup(t.Context(), "a"); err != nil || record["up"] != "A" || record["kept"] != "a!" {
		t.Errorf("generated columns: got %v, %v", record, err)
	}
	view := mustSource(t, db, "current", "id", "share")
	if record, err := view.Lookup(t.Context(), "b"); err != nil || record["share"] != "1.50" {
		t.Errorf("view: got %v, %v", record, err)
	}
	refused(t, view, "a", source.ErrNone, "no record")
	for table, key := range map[string]string{"broken": "nowhere", "inward": "name", "sqlite_schema": "name", "main.t": "k", "pragma_table_list": "name"} {
		if _, err := db.Source(t.Context(), source.Relation{Table: table, Key: key, Columns: []string{key}}); !errors.Is(err, source.ErrShape) {
			t.Errorf("%s: got %v, want ErrShape", table, err)
		}
	}
	if _, err := db.Source(t.Context(), source.Relation{Table: "t", Key: "rowid", Columns: []string{"n"}}); !errors.Is(err, source.ErrShape) {
		t.Errorf("rowid: got %v, want ErrShape", err)
	}
}

// TestViewOfMixedTypes has views whose columns mix integers, text that looks
// like integers and text that does not, from columns of different affinity:
// what SQLite converts for a comparison must not lose or repeat a key.
func TestViewOfMixedTypes(t *testing.T) {
	db := made(t, `CREATE TABLE n (k INTEGER, id INTEGER PRIMARY KEY); CREATE TABLE s (k TEXT PRIMARY KEY);
		WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 1200)
		INSERT INTO n SELECT n, n FROM i;
		INSERT INTO n SELECT '!' || k, id + 10000 FROM n;
		INSERT INTO s SELECT '0' || k FROM n WHERE typeof(k) = 'integer';
		CREATE VIEW v1 AS SELECT k FROM n UNION ALL SELECT k FROM s;
		CREATE VIEW v2 AS SELECT k FROM s UNION ALL SELECT k FROM n;
		CREATE VIEW v3 AS SELECT k FROM n UNION SELECT k FROM s;
		CREATE VIEW v4 AS SELECT CAST(k AS NUMERIC) AS k FROM n WHERE typeof(k) = 'integer' UNION SELECT k FROM v2`)
	var want []string
	for class, limit := range []string{"integer", "text"} {
		names, err := db.names(t.Context(), "SELECT k || '' FROM v3 WHERE typeof(k) = ?1 ORDER BY +k COLLATE BINARY", limit)
		if err != nil || len(names) != 1200*(class+1) {
			t.Fatalf("%d names of class %s, %v", len(names), limit, err)
		}
		want = append(want, names...)
	}
	for _, view := range []string{"v1", "v2", "v3", "v4"} {
		s := mustSource(t, db, view, "k", "k")
		if diff := cmp.Diff(want, walk(t, s)); diff != "" {
			t.Errorf("%s: Keys (-want +got):\n%.2000s", view, diff)
		}
		for _, key := range []string{"1", "1200", "01", "01200", "!1", "!1200"} {
			if record, err := s.Lookup(t.Context(), key); err != nil || record["k"] != key {
				t.Errorf("%s: Lookup(%q): got %v, %v", view, key, record, err)
			}
		}
		refused(t, s, "001", source.ErrNone, "no record")
	}
}

// TestIndexUsed wants no reading of a whole table where an index is to be had.
func TestIndexUsed(t *testing.T) {
	db := made(t, `CREATE TABLE a (k TEXT PRIMARY KEY, v); CREATE TABLE b (k TEXT PRIMARY KEY, v) WITHOUT ROWID; CREATE TABLE c (k INTEGER PRIMARY KEY, v);
		CREATE TABLE d (k TEXT COLLATE NOCASE PRIMARY KEY, v); CREATE TABLE e (k VARCHAR(9), v); CREATE INDEX i ON e (k); CREATE VIEW f AS SELECT v, k FROM a WHERE v <> ''`)
	for _, table := range []string{"a", "b", "c", "d", "e", "f"} {
		s := mustSource(t, db, table, "k", "k", "v")
		statements := map[string]string{"lookup": s.lookup, "text": s.keys.text}
		switch table {
		case "c":
			statements = map[string]string{"lookup": s.lookup, "integers": s.keys.integers}
		case "d":
			delete(statements, "text") // its index is in another order
		}
		for name, statement := range statements {
			plan := plan(t, db, statement, "a", "a")
			if !strings.Contains(plan, "SEARCH") || strings.Contains(plan, "SCAN") || strings.Contains(plan, "TEMP B-TREE") {
				t.Errorf("%s of %s: %s", name, table, plan)
			}
		}
	}
}

func plan(t *testing.T, db *DB, statement string, args ...any) string {
	t.Helper()
	var steps []string
	err := db.query(t.Context(), "EXPLAIN QUERY PLAN "+statement, args, func(rows *sql.Rows) error {
		var ignored int
		var step string
		err := rows.Scan(&ignored, &ignored, &ignored, &step)
		steps = append(steps, step)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(steps, "; ")
}

// TestViewErrorHidesValues makes SQLite's own message quote a value.
func TestViewErrorHidesValues(t *testing.T) {
	db := made(t, `CREATE TABLE t (k TEXT, v TEXT); INSERT INTO t VALUES ('a', 's3cret');
		CREATE VIEW j AS SELECT k, json_extract('{}', v) AS v FROM t`)
	if _, err := db.names(t.Context(), "SELECT v FROM j"); err == nil {
		t.Fatal("the view works, so this test shows nothing")
	}
	s := mustSource(t, db, "j", "k", "v")
	refused(t, s, "a", source.ErrShape, "SQLITE_ERROR")
	if _, err := s.Lookup(t.Context(), "a"); strings.Contains(err.Error(), "s3cret") {
		t.Errorf("the error quotes a value: %v", err)
	}
}

// TestAnyNamesAnyText puts generated text under generated names.
func TestAnyNamesAnyText(t *testing.T) {
	dir := t.TempDir()
	name := rapid.StringMatching(`[^\x00]{1,12}`).Filter(func(s string) bool { return !strings.HasPrefix(strings.ToLower(s), "sqlite_") })
	rapid.Check(t, func(rt *rapid.T) {
		path := filepath.Join(dir, rapid.StringMatching(`[a-z]{16}`).Draw(rt, "file"))
		table := sourcetest.Table{
			Name:    name.Draw(rt, "table"),
			Columns: rapid.SliceOfNDistinct(name, 2, 3, strings.ToLower).Draw(rt, "columns"),
		}
		table.Key = table.Columns[0]
		row := make([]*string, len(table.Columns))
		want := source.Record{}
		for i, column := range table.Columns {
			value := rapid.String().Draw(rt, "value")
			if i == 0 || rapid.Bool().Draw(rt, "present") {
				row[i], want[column] = &value, value
			}
		}
		table.Rows = [][]*string{row}
		if table.Name == "by_key" {
			return
		}
		fill(t, path, table)
		got, err := mustSource(t, mustOpen(t, path), table.Name, table.Key, table.Columns...).Lookup(t.Context(), *row[0])
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			rt.Errorf("%v (-want +got):\n%s", err, diff)
		}
	})
}

func walk(t *testing.T, s *Source) []string {
	t.Helper()
	var keys []string
	for key, err := range s.Keys(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key)
	}
	return slices.Clip(keys)
}
