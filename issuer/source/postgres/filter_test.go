package postgres

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/issuer/scope"
	"github.com/chancery-vc/chancery/issuer/source"
)

func mustFilter(t testing.TB, db *DB, r source.Relation) *Source {
	t.Helper()
	s, err := db.Source(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func where(column string, values ...string) []source.Condition {
	return []source.Condition{{Column: column, Values: values}}
}

// TestFilterTypes: a column of each type is compared by the text that its value
// is returned as, and no other.
func TestFilterTypes(t *testing.T) {
	types := map[string]struct {
		literal, holds string
		others         []string
	}{
		"text":             {`'a '`, "a ", []string{"a", "A "}},
		"varchar(3)":       {`'01'`, "01", []string{"1", "01 "}},
		"integer":          {`7`, "7", []string{"07", "7.0", "+7", " 7", "", "x", "99999999999999999999"}},
		"bigint":           {`9007199254740993`, "9007199254740993", []string{"9007199254740992", "9007199254740993.0"}},
		"numeric(10,2)":    {`1.5`, "1.50", []string{"1.5", "1.500"}},
		"boolean":          {`true`, "true", []string{"t", "yes", "on", "1", "TRUE"}},
		"date":             {`'2020-01-02'`, "2020-01-02", []string{"02.01.2020", "2020-1-2", "20200102"}},
		"timestamptz":      {`'2026-03-29 02:30:00+05:45'`, "2026-03-28 20:45:00+00", []string{"2026-03-29 02:30:00+05:45"}},
		"uuid":             {`'6F9619FF-8B86-D011-B42D-00CF4FC964FF'`, "6f9619ff-8b86-d011-b42d-00cf4fc964ff", []string{"6F9619FF-8B86-D011-B42D-00CF4FC964FF"}},
		"state":            {`'registered'`, "registered", []string{"no such state", "", "Registered"}},
		"over":             {`'x'`, "x", []string{"X"}},
		`text COLLATE ci`:  {`'Zoë'`, "Zoë", []string{"zoë", "Zoe\u0308"}},
		`text COLLATE "C"`: {`E'it''s "a"'`, `it's "a"`, []string{`it''s "a"`}},
	}
	r := emptyRegister(t)
	r.exec(t, `CREATE TYPE state AS ENUM ('registered', 'cancelled'); CREATE DOMAIN over AS text CHECK (value <> '');
		CREATE COLLATION ci (provider = icu, locale = 'und-u-ks-level1', deterministic = false)`)
	for _, setting := range []string{"datestyle = 'German'", "timezone = 'Asia/Kathmandu'"} {
		server.Exec(t, "postgres", "ALTER ROLE "+r.account+" SET "+setting)
	}
	db := r.open(t)
	for typeName, c := range types {
		t.Run(typeName, func(t *testing.T) {
			r.exec(t, "CREATE TABLE t (k text, v "+typeName+"); INSERT INTO t VALUES ('a', "+c.literal+"), ('a', NULL); GRANT SELECT ON t TO "+r.account)
			defer r.exec(t, "DROP TABLE t")
			relation := source.Relation{Table: "t", Key: "k", Columns: []string{"v"}, Filter: where("v", append(c.others, c.holds)...)}
			if record, err := mustFilter(t, db, relation).Lookup(t.Context(), "a"); err != nil || record["v"] != c.holds {
				t.Errorf("got %v, %v, want %q", record, err, c.holds)
			}
			relation.Filter = where("v", append(c.others, "a\x00")...)
			if record, err := mustFilter(t, db, relation).Lookup(t.Context(), "a"); !errors.Is(err, source.ErrNone) {
				t.Errorf("filtered for others: got %v, %v", record, err)
			}
		})
	}
}

// TestFilterTypesRefused: a filter on a type without one exact text is refused
// by column and type.
func TestFilterTypesRefused(t *testing.T) {
	r := emptyRegister(t)
	db := r.open(t)
	for typeName, said := range map[string]string{"real": "real", "char(5)": "character(5)", "bytea": "bytea", "text[]": "text[]"} {
		r.exec(t, "DROP TABLE IF EXISTS t; CREATE TABLE t (k text, v "+typeName+")")
		_, err := db.Source(t.Context(), source.Relation{Table: "t", Key: "k", Columns: []string{"k"}, Filter: where("v", "s3cret")})
		if !errors.Is(err, source.ErrShape) || !strings.Contains(err.Error(), `"v" holds `+said) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: got %v", typeName, err)
		}
	}
}

// TestFilterUsesTheKeysIndex: a filter does not make a lookup read the table.
func TestFilterUsesTheKeysIndex(t *testing.T) {
	r := newRegister(t, `CREATE TABLE t (k text PRIMARY KEY, v text); CREATE INDEX ON t (v);
		INSERT INTO t SELECT i::text, (i % 3)::text FROM generate_series(1, 20000) i; ANALYZE t`)
	s := mustFilter(t, r.open(t), source.Relation{Table: "t", Key: "k", Columns: []string{"v"}, Filter: where("v", "0", "1")})
	plan := r.exec(t, "PREPARE p AS "+s.lookup.sql, "EXPLAIN EXECUTE p('7', '0', '1')")
	if all := strings.Join(plan, "\n"); !strings.Contains(all, "using t_pkey") || strings.Contains(all, "Seq Scan") {
		t.Error(all)
	}
}

// filteredBirths is births with a filter on a column that is neither returned
// nor a key.
var filteredBirths = source.Relation{Table: "births", Key: "number", Columns: []string{"given_names"}, Filter: where("remarks", "s3cret")}

// TestProofOfFilter: the column of a filter is one that the account may, and
// must, be able to read.
func TestProofOfFilter(t *testing.T) {
	r := emptyRegister(t)
	r.exec(t, createBirths)
	db := r.open(t)
	of := func(relation source.Relation) scope.Proof {
		proof, err := db.Prove(t.Context(), scope.Compile("births", relation), provenAt)
		if err != nil {
			t.Fatal(err)
		}
		return proof
	}
	r.mend(t, of(filteredBirths))
	proof := of(filteredBirths)
	if len(proof.Findings) != 0 || !strings.Contains(strings.Join(proof.Grants, "\n"), `("given_names", "number", "remarks")`) {
		t.Errorf("%v, grants %q", proof.Err(), proof.Grants)
	}
	if record, err := mustFilter(t, db, filteredBirths).Lookup(t.Context(), "2019-000042"); err != nil || len(record) != 1 || record["given_names"] != "Zoë" {
		t.Errorf("with these grants: %v, %v", record, err)
	}
	without := filteredBirths
	without.Filter = nil
	if err := of(without).Err(); !errors.Is(err, scope.ErrWide) || !strings.Contains(err.Error(), `"remarks"`) {
		t.Errorf("without the filter: %v", err)
	}
	r.exec(t, "REVOKE SELECT (remarks) ON births FROM "+r.account)
	if err := of(filteredBirths).Err(); !errors.Is(err, scope.ErrNarrow) || !strings.Contains(err.Error(), `"remarks"`) {
		t.Errorf("without the right: %v", err)
	}
	if _, err := mustFilter(t, db, filteredBirths).Lookup(t.Context(), "2019-000042"); !errors.Is(err, source.ErrShape) || !strings.Contains(err.Error(), "may not read") {
		t.Errorf("a lookup without the right: %v", err)
	}
}

var (
	executed   = regexp.MustCompile(`LOG: +execute \S+: (.*(?:\n\t.*)*)`)
	identifier = regexp.MustCompile(`"((?:[^"]|"")*)"`)
)

// TestStatementsSent: by the server's own log, what reads the relation names its
// table, the columns that the question needs, and nothing else.
func TestStatementsSent(t *testing.T) {
	r := newRegister(t, createBirths)
	server.Exec(t, "postgres", "ALTER ROLE "+r.account+" SET log_statement = 'all'", "ALTER ROLE "+r.account+" SET log_min_messages = 'log'")
	defer server.Exec(t, "postgres", "ALTER ROLE "+r.account+" RESET ALL")
	for name, c := range map[string]struct {
		relation      source.Relation
		columns, keys []string
	}{
		"one column": {source.Relation{Table: "births", Key: "number", Columns: []string{"born"}}, []string{"born", "number"}, []string{"number"}},
		"two":        {source.Relation{Table: "births", Key: "number", Columns: []string{"given_names", "born"}}, []string{"born", "given_names", "number"}, []string{"number"}},
		"the key":    {source.Relation{Table: "births", Key: "number", Columns: []string{"number"}}, []string{"number"}, []string{"number"}},
		"filtered":   {filteredBirths, []string{"given_names", "number", "remarks"}, []string{"number", "remarks"}},
	} {
		t.Run(name, func(t *testing.T) {
			log := sentTo(t)
			s := mustFilter(t, r.open(t), c.relation)
			for _, key := range []string{"2019-000042", "2019-000099", `"remarks"`} {
				if _, err := s.Lookup(t.Context(), key); err != nil && !errors.Is(err, source.ErrNone) {
					t.Fatal(err)
				}
			}
			for _, err := range s.Keys(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
			}
			reads := 0
			for _, statement := range log() {
				if !strings.Contains(statement, `"births"`) {
					continue
				}
				reads++
				want := c.columns
				if !strings.HasSuffix(statement, " LIMIT 2") { // a page of keys
					want = c.keys
				}
				if diff := cmp.Diff(append([]string{"births"}, want...), names(statement)); diff != "" {
					t.Errorf("%s (-want +got):\n%s", statement, diff)
				}
			}
			if reads != 4 {
				t.Errorf("%d statements read the relation, want 3 lookups and a page of keys", reads)
			}
		})
	}
}

// names returns the names in quotes of a statement, each once.
func names(statement string) []string {
	var all []string
	for _, match := range identifier.FindAllStringSubmatch(statement, -1) {
		if !slices.Contains([]string{"C", "public"}, match[1]) { // the collation and the schema
			all = append(all, match[1])
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// sentTo returns what tells the statements that the server executed since.
func sentTo(t *testing.T) func() []string {
	t.Helper()
	file, err := os.Open(filepath.Join(server.Start(t), "log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	if _, err := file.Seek(0, io.SeekEnd); err != nil {
		t.Fatal(err)
	}
	return func() (statements []string) {
		data, err := io.ReadAll(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range executed.FindAllStringSubmatch(string(data), -1) {
			statements = append(statements, match[1])
		}
		return statements
	}
}
