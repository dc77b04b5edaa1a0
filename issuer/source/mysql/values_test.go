package mysql

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/issuer/source/internal/servertest"
)

// kept is a value of a type that has one exact text.
type kept struct{ name, typeName, sql, want string }

var keptValues = []kept{
	{"word", "varchar(20) CHARACTER SET latin1 COLLATE latin1_swedish_ci", hexed(" à\tß€ "), " à\tß€ "},
	{"old", "text CHARACTER SET cp1251", hexed("Привет"), "Привет"},
	{"wide", "varchar(10) CHARACTER SET utf16", hexed("東\U0001f600"), "東\U0001f600"},
	{"three", "varchar(10) CHARACTER SET utf8mb3", hexed("東京"), "東京"},
	{"fixed", "char(10)", `'007 '`, "007"},
	{"tiny", "tinyint", `-128`, "-128"},
	{"small", "smallint unsigned", `65535`, "65535"},
	{"medium", "mediumint", `-8388608`, "-8388608"},
	{"number", "int", `2147483647`, "2147483647"},
	{"large", "bigint", `-9007199254740993`, "-9007199254740993"},
	{"largest", "bigint unsigned", `18446744073709551615`, "18446744073709551615"},
	{"money", "decimal(20,4)", `1.5`, "1.5000"},
	{"decimal", "decimal(65,30)", `12345678901234567890.00000000000000000000001`, "12345678901234567890.000000000000000000000010000000"},
	{"yes", "boolean", `TRUE`, "1"},
	{"day", "date", `'0199-12-31'`, "0199-12-31"},
	{"clock", "time(6)", `'-23:59:59.999999'`, "-23:59:59.999999"},
	{"long", "time", `'838:59:59'`, "838:59:59"},
	{"noon", "time(3)", `'00:00:00'`, "00:00:00.000"},
	{"local", "datetime(2)", `'2026-03-29 02:30:00.5'`, "2026-03-29 02:30:00.50"},
	{"midnight", "datetime(6)", `'2026-03-29'`, "2026-03-29 00:00:00.000000"},
	{"instant", "timestamp(1) NULL", `'2026-03-29 02:30:00.1'`, "2026-03-28 20:45:00.1+00"}, // written from +05:45
	{"year", "year", `2026`, "2026"},
	{"id", "uuid", `'6F9619FF-8B86-D011-B42D-00CF4FC964FF'`, "6f9619ff-8b86-d011-b42d-00cf4fc964ff"},
	{"raw", "json", `'{"b": 1,  "a":1.0}'`, `{"b": 1,  "a":1.0}`},
	{"mood", "enum('très bien', 'mal') CHARACTER SET latin1", `'TRÈS BIEN'`, "très bien"},
	{"set", "set('a', 'b')", `'b,a'`, "a,b"},
}

func createKept() (statements string, names []string, want source.Record) {
	var columns, values []string
	want = source.Record{}
	for _, v := range keptValues {
		columns, values, names = append(columns, Quote(v.name)+" "+v.typeName), append(values, v.sql), append(names, v.name)
		want[v.name] = v.want
	}
	return "SET time_zone = '+05:45'; CREATE TABLE t (k varchar(10), " + strings.Join(columns, ", ") + ") CHARACTER SET utf8mb4; INSERT INTO t VALUES ('a', " +
		strings.Join(values, ", ") + "); INSERT INTO t (k) VALUES ('blank'); CREATE VIEW v AS SELECT * FROM t", names, want
}

// TestTypes: each type with one exact text comes back as it, of a table and of a
// view, whatever the server is set to.
func TestTypes(t *testing.T) {
	statements, names, want := createKept()
	r := newRegister(t, statements)
	settings := map[string]string{
		"sql_mode": "'ANSI,PAD_CHAR_TO_FULL_LENGTH,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT'", "time_zone": "'+09:00'", "character_set_server": "cp932",
		"max_sort_length": "64", "sql_select_limit": "1", "init_connect": `"SET NAMES latin1, time_zone = '-03:00', sql_mode = 'PAD_CHAR_TO_FULL_LENGTH', lc_time_names = 'de_DE'"`,
	}
	for name, value := range settings {
		server.Exec(t, "", "SET GLOBAL "+name+" = "+value)
		t.Cleanup(func() { server.Exec(t, "", "SET GLOBAL "+name+" = DEFAULT") })
	}
	db := r.open(t)
	for _, table := range []string{"t", "v"} {
		s := mustSource(t, db, table, "k", names...)
		for key, want := range map[string]source.Record{"a": want, "blank": {}} {
			got, err := s.Lookup(t.Context(), key)
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%s %s: %v (-want +got):\n%s", table, key, err, diff)
			}
		}
	}
}

// TestFilterTypes: each of these types can be filtered by, with its text.
func TestFilterTypes(t *testing.T) {
	statements, names, want := createKept()
	db := newRegister(t, statements).open(t)
	for _, name := range names {
		for value, kind := range map[string]error{want[name]: nil, want[name] + " ": source.ErrNone, strings.ToUpper(want[name]) + "0": source.ErrNone, "": source.ErrNone} {
			s, err := db.Source(t.Context(), source.Relation{
				Table: "t", Key: "k", Columns: []string{"k"},
				Filter: []source.Condition{{Column: name, Values: []string{"x", value}}},
			})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Lookup(t.Context(), "a"); !errors.Is(err, kind) || (err == nil) != (kind == nil) {
				t.Errorf("%s = %q: %v", name, value, err)
			}
		}
	}
}

// TestTypesRefused: a type without one exact text is refused by column and type
// when the relation is compiled, also as a filter.
func TestTypesRefused(t *testing.T) {
	r := newRegister(t, "SELECT 1")
	db := r.open(t)
	for _, typeName := range []string{
		"float", "double", "blob", "longblob", "binary(5)", "varbinary(5)", "bit(3)", "point", "inet6", "int(5) unsigned zerofill", "decimal(5,2) unsigned zerofill",
	} {
		r.exec(t, "CREATE OR REPLACE TABLE t (k varchar(10), v "+typeName+")")
		for _, relation := range []source.Relation{
			{Table: "t", Key: "k", Columns: []string{"v"}},
			{Table: "t", Key: "k", Columns: []string{"k"}, Filter: []source.Condition{{Column: "v", Values: []string{"1"}}}},
		} {
			_, err := db.Source(t.Context(), relation)
			if !errors.Is(err, source.ErrShape) || !strings.Contains(err.Error(), `"v" holds `+typeName) {
				t.Errorf("%s: got %v", typeName, err)
			}
		}
	}
	r.exec(t, "DROP TABLE t")
}

// TestZeroDates: what a register has for a date that is not known is no date.
func TestZeroDates(t *testing.T) {
	r := newRegister(t, `SET sql_mode = ''; CREATE TABLE t (k int, d date, dt datetime, ts timestamp NOT NULL DEFAULT '0000-00-00', y year);
		INSERT INTO t VALUES (1, '0000-00-00', '2020-01-01', '2020-01-01', 2020), (2, '2020-00-00', '2020-01-01', '2020-01-01', 2020), (3, '2020-02-00', '2020-01-01', '2020-01-01', 2020),
			(4, '2020-01-01', '0000-00-00', '2020-01-01', 2020), (5, '2020-01-01', '2020-01-01', '0000-00-00', 2020), (6, '2020-01-01', '2020-01-01', '2020-01-01', 0),
			(7, '2020-01-01', '2020-01-01', '2020-01-01', 2020)`)
	s := mustSource(t, r.open(t), "t", "k", "d", "dt", "ts", "y")
	for key, column := range map[string]string{"1": "d", "2": "d", "3": "d", "4": "dt", "5": "ts", "6": "y"} {
		record, err := s.Lookup(t.Context(), key)
		if record != nil || !errors.Is(err, source.ErrShape) || !strings.Contains(err.Error(), fmt.Sprintf("column %q holds a date that is none", column)) {
			t.Errorf("%s: %v, %v", key, record, err)
		}
	}
	if _, err := s.Lookup(t.Context(), "7"); err != nil {
		t.Error(err)
	}
}

// TestLossyText: text that has no one form in UTF-8 is refused, and nothing else.
func TestLossyText(t *testing.T) {
	r := newRegister(t, `CREATE TABLE t (k int, v varchar(10) CHARACTER SET cp932); INSERT INTO t VALUES (1, _cp932 X'8790'), (2, _cp932 X'81E0'), (3, _cp932 X'82A0')`)
	s := mustSource(t, r.open(t), "t", "k", "v")
	exact := 0
	for _, key := range []string{"1", "2", "3"} {
		record, err := s.Lookup(t.Context(), key)
		switch {
		case err == nil && (record["v"] == "≒" || record["v"] == "あ"):
			exact++
		case !errors.Is(err, source.ErrShape) || !strings.Contains(err.Error(), `"v" holds text that does not survive`):
			t.Errorf("%s: %v, %v", key, record, err)
		}
	}
	if exact != 2 {
		t.Errorf("%d of two ways to write one text, and another, are exact", exact)
	}
}

// TestKeyTypes: a key matches by its own text alone, and the keys come in order.
func TestKeyTypes(t *testing.T) {
	const low, high = "00000000-0000-4000-8000-00000000000a", "ffffffff-0000-1fff-8fff-ffffffffffff"
	long := strings.Repeat("é", 3000)
	for typeName, c := range map[string]struct {
		keys, others []string // keys in their order
	}{
		"tinyint":            {[]string{"-128", "7"}, []string{"128", "7abc", "-129"}},
		"smallint":           {[]string{"-5", "0", "7", "10"}, []string{"07", "7.0", " 7", "7 ", "+7", "-0", "", "x", "7abc", "7\x00", "32768", "99999999999999999999"}},
		"int":                {[]string{"-2147483648", "7"}, []string{"2147483648", "7e0", "0x7"}},
		"int unsigned":       {[]string{"0", "4294967295"}, []string{"-1", "4294967296"}},
		"bigint":             {[]string{"9", "9007199254740993"}, []string{"9007199254740992", "9223372036854775808"}},
		"bigint unsigned":    {[]string{"9223372036854775807", "18446744073709551615"}, []string{"-1", "9223372036854775808", "18446744073709551616"}},
		"uuid":               {[]string{low, high}, []string{strings.ToUpper(high), "{" + high + "}", strings.ReplaceAll(high, "-", ""), "", "x"}},
		"char(20)":           {[]string{"A", "a", "é"}, []string{"É", "a ", "e\u0301", "a\x00"}},
		"varchar(20)":        {[]string{"", " ", "0", "7abc", "A", "B", "a", "a ", "é"}, []string{"7", "É", "a  ", "e\u0301", "a\x00", "A "}},
		"varchar(4000)":      {[]string{long + "a", long + "b", long + "c"}, []string{long, long + "A"}},
		"longtext":           {[]string{"a", long + "a", long + "b"}, []string{long}},
		"varchar(20) binary": {[]string{"A", "a", "é", "\U0001f600"}, []string{"É", "a "}},
		"varchar(20) CHARACTER SET latin1 COLLATE latin1_german1_ci": {[]string{"?", "A", "a", "ß", "é", "€"}, []string{"東", "ss", "É", "\U0001f600"}},
		"varchar(20) CHARACTER SET utf8mb3":                          {[]string{"?", "a", "東"}, []string{"\U0001f600"}},
		"varchar(20) COLLATE utf8mb4_nopad_bin":                      {[]string{"", " ", "A", "a", "a\x01", "a ", "é", "\uffff", "\U0001f600"}, []string{"É"}},
		"varchar(20) CHARACTER SET ascii COLLATE ascii_nopad_bin":    {[]string{"A", "a", "a "}, []string{"é", "?"}},
	} {
		t.Run(typeName, func(t *testing.T) {
			hex := make([]string, len(c.keys))
			for i, key := range slices.Backward(c.keys) {
				hex[len(hex)-1-i] = "(" + hexed(key) + ")"
			}
			if strings.Contains(typeName, "int") {
				hex = []string{"(" + strings.Join(c.keys, "), (") + ")"}
			}
			index := "KEY (k)"
			if strings.Contains(typeName, "longtext") || strings.Contains(typeName, "4000") {
				index = "KEY (k(100))"
			}
			r := newRegister(t, "CREATE TABLE t (k "+typeName+", "+index+") CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci; INSERT INTO t VALUES "+strings.Join(hex, ", "))
			s := mustSource(t, r.open(t), "t", "k", "k")
			for _, key := range c.keys {
				if record, err := s.Lookup(t.Context(), key); err != nil || record["k"] != key {
					t.Errorf("%.20q: %v, %v", key, record, err)
				}
			}
			for _, key := range c.others {
				if record, err := s.Lookup(t.Context(), key); record != nil || !errors.Is(err, source.ErrNone) {
					t.Errorf("%.20q: %v, %v", key, record, err)
				}
			}
			if diff := cmp.Diff(c.keys, servertest.Keys(t, s)); diff != "" {
				t.Errorf("keys (-want +got):\n%.2000s", diff)
			}
		})
	}
}

// TestKeysPages: the keys come in order and whole over many pages, of the kinds
// that are put in order in different ways, and with a filter.
func TestKeysPages(t *testing.T) {
	for _, typeName := range []string{"int", "varchar(20)", "varchar(20) COLLATE utf8mb4_nopad_bin", "varchar(20) CHARACTER SET latin1"} {
		t.Run(typeName, func(t *testing.T) {
			const n = 3*keysPage + 1
			r := newRegister(t, fmt.Sprintf("CREATE TABLE t (k %s, s int, KEY (k)) CHARACTER SET utf8mb4; INSERT INTO t SELECT seq, seq %% 3 FROM seq_1_to_%d", typeName, n))
			s, err := r.open(t).Source(t.Context(), source.Relation{Table: "t", Key: "k", Columns: []string{"k"}, Filter: []source.Condition{{Column: "s", Values: []string{"0", "1"}}}})
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for i := 1; i <= n; i++ {
				if i%3 != 2 {
					want = append(want, fmt.Sprint(i))
				}
			}
			if typeName != "int" {
				slices.Sort(want)
			}
			if diff := cmp.Diff(want, servertest.Keys(t, s)); diff != "" {
				t.Errorf("(-want +got):\n%.1000s", diff)
			}
		})
	}
}

func TestKeyTypesRefused(t *testing.T) {
	r := newRegister(t, "SELECT 1")
	db := r.open(t)
	for _, typeName := range []string{"date", "decimal(5)", "float", "blob", "enum('a')", "timestamp", "int zerofill", "varchar(5) CHARACTER SET cp932", "inet6"} {
		r.exec(t, "CREATE OR REPLACE TABLE t (k "+typeName+", v text)")
		_, err := db.Source(t.Context(), source.Relation{Table: "t", Key: "k", Columns: []string{"v"}})
		if !errors.Is(err, source.ErrShape) || !strings.Contains(err.Error(), `key column "k"`) {
			t.Errorf("%s: got %v", typeName, err)
		}
	}
	r.exec(t, "DROP TABLE t")
}

// TestIndexes: a lookup uses the index that there is, whatever the collation.
func TestIndexes(t *testing.T) {
	for _, typeName := range []string{"int", "bigint unsigned", "uuid", "varchar(40)", "char(40) CHARACTER SET latin1", "varchar(40) CHARACTER SET utf8mb3 COLLATE utf8mb3_bin"} {
		r := newRegister(t, "CREATE TABLE t (k "+typeName+" PRIMARY KEY, v text) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci; INSERT INTO t SELECT "+
			map[bool]string{true: "uuid()", false: "seq"}[typeName == "uuid"]+", '' FROM seq_1_to_1000; CREATE VIEW w AS SELECT * FROM t")
		for _, table := range []string{"t", "w"} {
			s := mustSource(t, r.open(t), table, "k", "v")
			before := handlerReads(t, s)
			for i := range 50 {
				if _, err := s.Lookup(t.Context(), fmt.Sprint(i+1)); err != nil && !errors.Is(err, source.ErrNone) {
					t.Fatal(err)
				}
			}
			if read := handlerReads(t, s) - before; read > 10 {
				t.Errorf("%s of %s: it read %d rows one after the other", typeName, table, read)
			}
		}
	}
}

// handlerReads is how many rows the connections have read one after the other.
func handlerReads(t *testing.T, s *Source) (n int) {
	t.Helper()
	rows, err := s.db.rows(t.Context(), "SHOW SESSION STATUS LIKE 'Handler_read_rnd_next'")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Sscan(rows[0][1], &n); err != nil || n == math.MaxInt {
		t.Fatal(err)
	}
	return n
}

// TestAnyText: whatever text a register holds is found by itself and comes back
// as it is.
func TestAnyText(t *testing.T) {
	r := emptyRegister(t)
	r.exec(t, "CREATE TABLE t (k longtext, v longtext) CHARACTER SET utf8mb4; GRANT SELECT ON t TO "+r.account+"@localhost")
	s := mustSource(t, r.open(t), "t", "k", "k", "v")
	rapid.Check(t, func(rt *rapid.T) {
		key, value := rapid.String().Draw(rt, "key"), rapid.String().Draw(rt, "value")
		r.exec(t, "TRUNCATE t", "INSERT INTO t VALUES ("+hexed(key)+", "+hexed(value)+")")
		got, err := s.Lookup(t.Context(), key)
		if diff := cmp.Diff(source.Record{"k": key, "v": value}, got); diff != "" || err != nil {
			rt.Fatalf("%v (-want +got):\n%s", err, diff)
		}
		if other := rapid.String().Draw(rt, "other"); other != key {
			if got, err := s.Lookup(t.Context(), other); got != nil || !errors.Is(err, source.ErrNone) {
				rt.Fatalf("%q: %v, %v", other, got, err)
			}
		}
	})
}
