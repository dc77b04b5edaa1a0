package postgres

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/issuer/source/internal/servertest"
)

// TestTypes: each type with one exact text comes back as it, whatever the
// database, the role or the server is set to.
func TestTypes(t *testing.T) {
	values := []struct{ name, typeName, literal, want string }{
		{"word", "text", `E' a\tb '`, " a\tb "},
		{"short", "varchar(10)", `'007 '`, "007 "},
		{"small", "smallint", `-32768`, "-32768"},
		{"number", "integer", `2147483647`, "2147483647"},
		{"large", "bigint", `9007199254740993`, "9007199254740993"},
		{"money", "numeric(20,4)", `1.50`, "1.5000"},
		{"decimal", "numeric", `12345678901234567890.00000000000000000000001`, "12345678901234567890.00000000000000000000001"},
		{"yes", "boolean", `true`, "true"},
		{"no", "boolean", `false`, "false"},
		{"day", "date", `'0199-12-31'`, "0199-12-31"},
		{"clock", "time", `'23:59:59.999999'`, "23:59:59.999999"},
		{"local", "timestamp", `'2026-03-29 02:30:00.5'`, "2026-03-29 02:30:00.5"},
		{"instant", "timestamptz", `'2026-03-29 02:30:00+05:45'`, "2026-03-28 20:45:00+00"},
		{"id", "uuid", `'6F9619FF-8B86-D011-B42D-00CF4FC964FF'`, "6f9619ff-8b86-d011-b42d-00cf4fc964ff"},
		{"raw", "json", `'{"b": 1,  "a":1.0}'`, `{"b": 1,  "a":1.0}`},
		{"tree", "jsonb", `'{"b": 1e2,  "a":1.0}'`, `{"a": 1.0, "b": 100}`},
		{"mood", "mood", `'très bien'`, "très bien"},
		{"over", "over", `'x'`, "x"},
	}
	var columns, literals, names []string
	want := source.Record{}
	for _, v := range values {
		columns, literals, names = append(columns, v.name+" "+v.typeName), append(literals, v.literal), append(names, v.name)
		want[v.name] = v.want
	}
	r := newRegister(t, `CREATE TYPE mood AS ENUM ('très bien'); CREATE DOMAIN inner_one AS text; CREATE DOMAIN over AS inner_one CHECK (value <> '');
		CREATE TABLE t (k text, `+strings.Join(columns, ", ")+`); INSERT INTO t VALUES ('a', `+strings.Join(literals, ", ")+`); INSERT INTO t (k) VALUES ('blank')`)
	for setting, value := range map[string]string{"datestyle": "'German'", "timezone": "'Asia/Kathmandu'", "extra_float_digits": "0", "search_path": "public"} {
		server.Exec(t, "postgres", "ALTER ROLE "+r.account+" SET "+setting+" = "+value)
	}
	s := mustSource(t, r.open(t), "t", "k", names...)
	for key, want := range map[string]source.Record{"a": want, "blank": {}} {
		got, err := s.Lookup(t.Context(), key)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", key, err, diff)
		}
	}
	server.Exec(t, "postgres", "ALTER ROLE "+r.account+" RESET ALL")
}

// TestTypesRefused: a type without one exact text is refused by column and type
// when the relation is compiled.
func TestTypesRefused(t *testing.T) {
	r := emptyRegister(t)
	r.exec(t, "CREATE TYPE pair AS (a int, b int)")
	db := r.open(t)
	for typeName, said := range map[string]string{
		"real": "real", "float8": "double precision", "bytea": "bytea", "money": "money", "char(5)": "character(5)", "interval": "interval",
		"text[]": "text[]", "int4range": "int4range", "xml": "xml", "point": "point", "bit(3)": "bit(3)", "timetz": "time with time zone", "pair": "public.pair",
	} {
		r.exec(t, "DROP TABLE IF EXISTS t; CREATE TABLE t (k text, v "+typeName+")")
		_, err := db.Source(t.Context(), source.Relation{Table: "t", Key: "k", Columns: []string{"v"}})
		if !errors.Is(err, source.ErrShape) || !strings.Contains(err.Error(), `"v" holds `+said) {
			t.Errorf("%s: got %v", typeName, err)
		}
	}
}

// TestKeyTypes: a key matches by its own text alone, and the keys come in order.
func TestKeyTypes(t *testing.T) {
	const low, high = "00000000-0000-4000-8000-00000000000a", "ffffffff-ffff-4fff-8fff-ffffffffffff"
	for typeName, c := range map[string]struct {
		keys, others []string // keys in their order
	}{
		"smallint":    {[]string{"-5", "0", "7", "10"}, []string{"07", "7.0", " 7", "+7", "-0", "", "x", "7\x00", "32768", "99999999999999999999"}},
		"integer":     {[]string{"-2147483648", "7"}, []string{"2147483648", "7e0"}},
		"bigint":      {[]string{"9", "9007199254740993"}, []string{"9007199254740992", "9223372036854775808"}},
		"uuid":        {[]string{low, high}, []string{strings.ToUpper(high), "{" + high + "}", strings.ReplaceAll(high, "-", ""), "", "x"}},
		"varchar(20)": {[]string{"A", "B", "a", "é"}, []string{"É", "a ", "e\u0301"}},
		// Equal without regard to case, as the column has it; not as a key is.
		`text COLLATE "loose"`: {[]string{"A", "a", "é"}, []string{"É", "a "}},
	} {
		t.Run(typeName, func(t *testing.T) {
			r := newRegister(t, `CREATE COLLATION "loose" (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
				CREATE TABLE t (k `+typeName+`); CREATE INDEX ON t (k); INSERT INTO t VALUES ('`+strings.Join(c.keys, "'), ('")+`')`)
			s := mustSource(t, r.open(t), "t", "k", "k")
			for _, key := range c.keys {
				if record, err := s.Lookup(t.Context(), key); err != nil || record["k"] != key {
					t.Errorf("%q: %v, %v", key, record, err)
				}
			}
			for _, key := range c.others {
				if record, err := s.Lookup(t.Context(), key); record != nil || !errors.Is(err, source.ErrNone) {
					t.Errorf("%q: %v, %v", key, record, err)
				}
			}
			if diff := cmp.Diff(c.keys, servertest.Keys(t, s)); diff != "" {
				t.Errorf("keys (-want +got):\n%s", diff)
			}
		})
	}
}

func TestKeyTypesRefused(t *testing.T) {
	r := emptyRegister(t)
	db := r.open(t)
	for _, typeName := range []string{"date", "numeric", "boolean", "char(5)", "real", "bytea", "jsonb", "timestamptz"} {
		r.exec(t, "DROP TABLE IF EXISTS t; CREATE TABLE t (k "+typeName+", v text)")
		_, err := db.Source(t.Context(), source.Relation{Table: "t", Key: "k", Columns: []string{"v"}})
		if !errors.Is(err, source.ErrShape) || !strings.Contains(err.Error(), `"k"`) {
			t.Errorf("%s: got %v", typeName, err)
		}
	}
}

// TestKinds: tables, views, materialized views and partitions are all read.
func TestKinds(t *testing.T) {
	r := newRegister(t, `CREATE TABLE t (k text, v text); INSERT INTO t VALUES ('a', 'b');
		CREATE VIEW plain AS SELECT * FROM t; CREATE MATERIALIZED VIEW kept AS SELECT * FROM t;
		CREATE TABLE parted (k text, v text) PARTITION BY LIST (k); CREATE TABLE part PARTITION OF parted DEFAULT; INSERT INTO parted VALUES ('a', 'b')`)
	db := r.open(t)
	for _, table := range []string{"t", "plain", "kept", "parted", "part"} {
		if record, err := mustSource(t, db, table, "k", "v").Lookup(t.Context(), "a"); err != nil || record["v"] != "b" {
			t.Errorf("%s: %v, %v", table, record, err)
		}
	}
}

// TestSchema: a relation is of the configured schema, whatever the account's
// search path has.
func TestSchema(t *testing.T) {
	r := emptyRegister(t)
	r.exec(t, `CREATE SCHEMA "the; register"; CREATE TABLE "the; register".t (k text, v text); INSERT INTO "the; register".t VALUES ('a', 'right');
		CREATE TABLE t (k text, v text); INSERT INTO t VALUES ('a', 'wrong')`)
	r.exec(t, `GRANT USAGE ON SCHEMA "the; register" TO `+r.account+`; GRANT SELECT ON "the; register".t TO `+r.account)
	options := r.options()
	options.Schema = "the; register"
	db, err := Open(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if record, err := mustSource(t, db, "t", "k", "v").Lookup(t.Context(), "a"); err != nil || record["v"] != "right" {
		t.Errorf("%v, %v", record, err)
	}
}

// TestNoShadow: an operator and a function of somebody else's are not used.
func TestNoShadow(t *testing.T) {
	r := newRegister(t, `CREATE TABLE t (k text, v text); INSERT INTO t VALUES ('a', 'b'), ('c', 'd');
		CREATE FUNCTION octet_length(text) RETURNS int LANGUAGE sql AS 'SELECT 99999999';
		CREATE FUNCTION same(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
		CREATE OPERATOR public.= (FUNCTION = same, LEFTARG = text, RIGHTARG = text)`)
	server.Exec(t, "postgres", "ALTER ROLE "+r.account+" SET search_path = public, pg_catalog")
	if record, err := mustSource(t, r.open(t), "t", "k", "v").Lookup(t.Context(), "a"); err != nil || record["v"] != "b" {
		t.Errorf("%v, %v", record, err)
	}
	server.Exec(t, "postgres", "ALTER ROLE "+r.account+" RESET ALL")
}

// TestAnyText: whatever text a register holds is found by itself and comes back
// as it is.
func TestAnyText(t *testing.T) {
	r := emptyRegister(t)
	r.exec(t, "CREATE TABLE t (k text, v text); GRANT SELECT ON t TO "+r.account)
	s := mustSource(t, r.open(t), "t", "k", "k", "v")
	written := rapid.String().Filter(func(s string) bool { return !strings.ContainsRune(s, 0) })
	rapid.Check(t, func(rt *rapid.T) {
		key, value := written.Draw(rt, "key"), written.Draw(rt, "value")
		quote := func(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
		r.exec(t, "TRUNCATE t; INSERT INTO t VALUES ("+quote(key)+", "+quote(value)+")")
		got, err := s.Lookup(t.Context(), key)
		if diff := cmp.Diff(source.Record{"k": key, "v": value}, got); diff != "" || err != nil {
			rt.Fatalf("%v (-want +got):\n%s", err, diff)
		}
		if other := written.Draw(rt, "other"); other != key {
			if got, err := s.Lookup(t.Context(), other); got != nil || !errors.Is(err, source.ErrNone) {
				rt.Fatalf("%q: %v, %v", other, got, err)
			}
		}
	})
}
