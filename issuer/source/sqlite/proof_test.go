package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/issuer/scope"
	"github.com/chancery-vc/chancery/issuer/source"
)

// provenAt is the time of all proofs here.
var provenAt = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

const createBirths = `CREATE TABLE births (number TEXT PRIMARY KEY, given_names TEXT, status TEXT, remarks TEXT);
	INSERT INTO births VALUES ('2019-000042', 'Zoë', 'registered', 's3cret'), ('2019-000043', '秀英', 'cancelled', 's3cret');
	CREATE TABLE deaths (number TEXT)`

var births = source.Relation{
	Table: "births", Key: "number", Columns: []string{"given_names"},
	Filter: []source.Condition{{Column: "status", Values: []string{"registered", "amended"}}},
}

func prove(t *testing.T, db *DB, relations ...source.Relation) scope.Proof {
	t.Helper()
	proof, err := db.Prove(t.Context(), scope.Compile("births", relations...), provenAt)
	if err != nil {
		t.Fatal(err)
	}
	return proof
}

func mustCompile(t *testing.T, db *DB, r source.Relation) *Source {
	t.Helper()
	s, err := db.Source(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestProof: a proof says what was proven where and when, and what no file can
// show; it leaves no trace in the file, its folder and the connections.
func TestProof(t *testing.T) {
	db := made(t, createBirths)
	s := mustCompile(t, db, births)
	before := files(t, filepath.Dir(db.path))
	for range 2 * maxConns { // each on a connection of its own
		proof := prove(t, db, births)
		if proof.Err() != nil || len(proof.Findings) != 0 || proof.Source != "births" || proof.Account != "" || !proof.At.Equal(provenAt) ||
			proof.Database != "source.db" || !strings.HasPrefix(proof.Server, "SQLite 3.") {
			t.Fatalf("%+v", proof)
		}
	}
	said := strings.Join(prove(t, db, births).Checked, "\n")
	for _, want := range []string{"refused to write", "refused", "attach", "compiled against an empty database", "not an account", "permissions of the file"} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q: %s", want, said)
		}
	}
	refuseAll(t, db, map[string]string{"CREATE TEMP TABLE u (a)": "readonly", "ATTACH ':memory:' AS m": "too many attached", "UPDATE births SET status = ''": "readonly"})
	if record, err := s.Lookup(t.Context(), "2019-000042"); err != nil || record["given_names"] != "Zoë" {
		t.Errorf("got %v, %v", record, err)
	}
	if diff := cmp.Diff(before, files(t, filepath.Dir(db.path))); diff != "" {
		t.Errorf("the folder changed (-before +after):\n%s", diff)
	}
}

// TestProveBeyond: a statement that names more than the scope has is found.
func TestProveBeyond(t *testing.T) {
	for name, c := range map[string]struct {
		compiled, scope source.Relation
		says            string // empty if there is nothing to find
	}{
		"the same":        {births, births, ""},
		"less":            {source.Relation{Table: "births", Key: "number", Columns: []string{"status"}}, births, ""},
		"another column":  {source.Relation{Table: "births", Key: "number", Columns: []string{"given_names", "remarks"}}, births, "remarks"},
		"another key":     {source.Relation{Table: "births", Key: "remarks", Columns: []string{"given_names"}}, births, "remarks"},
		"another filter":  {source.Relation{Table: "births", Key: "number", Columns: []string{"given_names"}, Filter: []source.Condition{{Column: "remarks", Values: []string{"a"}}}}, births, "remarks"},
		"another table":   {source.Relation{Table: "deaths", Key: "number", Columns: []string{"number"}}, births, "deaths"},
		"without filters": {births, source.Relation{Table: "births", Key: "number", Columns: []string{"given_names"}}, "status"},
	} {
		t.Run(name, func(t *testing.T) {
			db := made(t, createBirths)
			mustCompile(t, db, c.compiled)
			err := prove(t, db, c.scope).Err()
			if c.says == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if !errors.Is(err, scope.ErrWide) || !strings.Contains(err.Error(), "no such") || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want ErrWide that names %s", err, c.says)
			}
		})
	}
}

// TestProveWriter: connections that could write are found, and what was tried
// on them leaves nothing behind.
func TestProveWriter(t *testing.T) {
	db := made(t, createBirths)
	mustCompile(t, db, births)
	before := files(t, filepath.Dir(db.path))
	db.pool.Close()
	var err error
	if db.pool, err = sql.Open("sqlite", URI(db.path, nil)); err != nil {
		t.Fatal(err)
	}
	proof := prove(t, db, births)
	var kinds []scope.Kind
	for _, f := range proof.Findings {
		kinds = append(kinds, f.Kind)
	}
	if diff := cmp.Diff([]scope.Kind{scope.Create, scope.Change}, kinds); diff != "" || !errors.Is(proof.Err(), scope.ErrWide) {
		t.Errorf("%v (-want +got):\n%s", proof.Err(), diff)
	}
	if diff := cmp.Diff(before, files(t, filepath.Dir(db.path))); diff != "" {
		t.Errorf("the folder changed (-before +after):\n%s", diff)
	}
}

// TestProveAttaches: a connection that could attach a database is found.
func TestProveAttaches(t *testing.T) {
	db := made(t, createBirths)
	conn, err := writable(t, db.path, readOnly()).Conn(t.Context()) // past DB.conn, which sets the limit
	if err != nil {
		t.Fatal(err)
	}
	defer discard(conn)
	findings, err := tryOn(t.Context(), conn)
	if err != nil || len(findings) != 1 || !strings.Contains(findings[0].Says, "attach") {
		t.Errorf("got %+v, %v", findings, err)
	}
}

// TestProveMissing: what the registry took away since is found.
func TestProveMissing(t *testing.T) {
	for statement, says := range map[string]string{
		"ALTER TABLE births DROP COLUMN status":                      `no column "status"`,
		"ALTER TABLE births RENAME COLUMN given_names TO first_name": `"first_name"`,
		"DROP TABLE births": `no table or view "births"`,
	} {
		db := made(t, createBirths)
		mustCompile(t, db, births)
		mustExec(t, writable(t, db.path, nil), statement)
		if err := prove(t, db, births).Err(); !errors.Is(err, scope.ErrNarrow) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: got %v, want ErrNarrow that says %s", statement, err, says)
		}
	}
}

// TestProveUnavailable: a database that cannot be asked is no proof, either way.
func TestProveUnavailable(t *testing.T) {
	db := made(t, createBirths)
	s := scope.Compile("births", births)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := db.Prove(cancelled, s, provenAt); !errors.Is(err, source.ErrUnavailable) || !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: got %v", err)
	}
	registry := writable(t, db.path, nil)
	registry.SetMaxOpenConns(1)
	mustExec(t, registry, "BEGIN EXCLUSIVE")
	if _, err := db.Prove(t.Context(), s, provenAt); !errors.Is(err, source.ErrUnavailable) || !strings.Contains(err.Error(), "source births") {
		t.Errorf("locked: got %v", err)
	}
	mustExec(t, registry, "COMMIT")
	prove(t, db, births)
	if err := os.Remove(db.path); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Prove(t.Context(), s, provenAt); !errors.Is(err, source.ErrUnavailable) || !strings.Contains(err.Error(), "moved") {
		t.Errorf("gone: got %v", err)
	}
}

// TestPermissions: what the system lets the user do is said as it is.
func TestPermissions(t *testing.T) {
	for want, can := range map[string][3]bool{
		"can neither write it, nor change its permissions, nor put another file in its place":      {},
		"not the permissions| can write it, change its permissions, put another file in its place": {true, true, true},
		"not the permissions| can write it":                      {true, false, false},
		"not the permissions| can change its permissions":        {false, true, false},
		"not the permissions| can put another file in its place": {false, false, true},
	} {
		got := permit(can[0], can[1], can[2])
		first, last, _ := strings.Cut(want, "|")
		if last == "" {
			first, last = "the permissions", want
		}
		if !strings.HasPrefix(got, first) || !strings.HasSuffix(got, last) {
			t.Errorf("%v: %s", can, got)
		}
	}
	path := filepath.Join(t.TempDir(), "source.db")
	if mayWrite(path) || mayChangeMode(path) && os.Geteuid() != 0 {
		t.Error("a file that is not there can be written")
	}
	if err := os.WriteFile(path, nil, 0o400); err != nil {
		t.Fatal(err)
	}
	if mayWrite(path) != (os.Geteuid() == 0) || !mayChangeMode(path) || !mayWrite(filepath.Dir(path)) {
		t.Errorf("a file of one's own that can only be read: %s", permissions(path))
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if !mayWrite(path) {
		t.Error("a file of one's own cannot be written")
	}
}
