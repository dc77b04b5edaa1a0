package sqlite

import (
	"crypto/sha256"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/issuer/source/sourcetest"
)

// files maps each file of a folder to the hash of its bytes.
func files(t *testing.T, dir string) map[string][32]byte {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	hashes := map[string][32]byte{}
	for _, entry := range entries {
		data, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		hashes[entry.Name()] = sha256.Sum256(data)
	}
	return hashes
}

// TestWriteRefused tries statements on the connections that lookups run on,
// and wants the database itself to refuse each write: as set up, and after
// every setting that a statement can undo was undone.
func TestWriteRefused(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "source.db")
	one, two := "1", "2"
	fill(t, path, sourcetest.Table{Name: "t", Columns: []string{"k", "v"}, Key: "k", Rows: [][]*string{{&one, &two}}})
	before := files(t, dir)
	db := mustOpen(t, path)
	again := "ATTACH '" + URI(path, map[string][]string{"mode": {"rw"}}) + "' AS again"
	another := filepath.Join(dir, "another.db")
	always := map[string]string{
		"INSERT INTO t VALUES ('9', '9')":                        "readonly",
		"INSERT OR REPLACE INTO t VALUES ('1', '9')":             "readonly",
		"UPDATE t SET v = '9'":                                   "readonly",
		"DELETE FROM t":                                          "readonly",
		"CREATE TABLE u (a)":                                     "readonly",
		"CREATE INDEX i ON t (v)":                                "readonly",
		"CREATE TRIGGER r AFTER UPDATE ON t BEGIN SELECT 1; END": "readonly",
		"DROP TABLE t":                                           "readonly",
		"ALTER TABLE t ADD COLUMN w":                             "readonly",
		"VACUUM":                                                 "too many attached",
		"REINDEX":                                                "readonly",
		"ANALYZE":                                                "readonly",
		"PRAGMA user_version = 7":                                "readonly",
		"UPDATE sqlite_schema SET sql = ''":                      "may not be modified",
		again:                                                    "too many attached",
		"ATTACH '" + another + "' AS another":                    "too many attached",
		"ATTACH ':memory:' AS m":                                 "too many attached",
		"VACUUM INTO '" + another + "'":                          "too many attached",
	}
	first := map[string]string{"CREATE TEMP TABLE u (a)": "readonly"}
	for statement, refusal := range always {
		first[statement] = refusal
	}
	refuseAll(t, db, first)
	for _, undo := range []string{
		"PRAGMA query_only = 0", "PRAGMA trusted_schema = 1", "PRAGMA writable_schema = 1", "PRAGMA journal_mode = OFF",
		"PRAGMA locking_mode = EXCLUSIVE", "PRAGMA wal_checkpoint(TRUNCATE)", "PRAGMA incremental_vacuum",
	} {
		run(t, db, undo) // whether it is refused or does nothing does not matter
	}
	refuseAll(t, db, always)
	if diff := cmp.Diff(before, files(t, dir)); diff != "" {
		t.Errorf("the folder changed (-before +after):\n%s", diff)
	}
}

// run runs a statement on the very connection that a lookup would get.
func run(t *testing.T, db *DB, statement string) error {
	t.Helper()
	conn, err := db.conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_, err = conn.ExecContext(t.Context(), statement)
	return err
}

func refuseAll(t *testing.T, db *DB, statements map[string]string) {
	t.Helper()
	for statement, refusal := range statements {
		if err := run(t, db, statement); err == nil || !strings.Contains(err.Error(), refusal) {
			t.Errorf("%s: got %v, want it refused as %q", statement, err, refusal)
		}
	}
}

// TestUntouched reads in every way there is, failures included.
func TestUntouched(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "source.db")
	registry := writable(t, path, nil)
	mustExec(t, registry, `CREATE TABLE t (k TEXT COLLATE NOCASE, n INTEGER, r REAL);
		WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 1500)
		INSERT INTO t SELECT 'key ' || n, n, n / 3.0 FROM i`)
	registry.Close()
	before := files(t, dir)

	db := mustOpen(t, path)
	good, bad := mustSource(t, db, "t", "k", "k", "n"), mustSource(t, db, "t", "n", "r")
	for i, key := range walk(t, good) {
		if i%100 != 0 {
			continue // without an index that fits, each lookup reads the table
		}
		if _, err := good.Lookup(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	}
	for _, key := range []string{"1", "0", "'; DELETE FROM t; --"} {
		if _, err := bad.Lookup(t.Context(), key); err == nil {
			t.Errorf("Lookup(%q) returned a REAL", key)
		}
	}
	if _, err := db.Source(t.Context(), source.Relation{Table: "t; DELETE FROM t", Key: "k", Columns: []string{"n"}}); err == nil {
		t.Error("compiled a relation that is not there")
	}
	if diff := cmp.Diff(before, files(t, dir)); diff != "" {
		t.Errorf("while open, the folder changed (-before +after):\n%s", diff)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, files(t, dir)); diff != "" {
		t.Errorf("after closing, the folder changed (-before +after):\n%s", diff)
	}
}

// TestBesideWriter reads a database in WAL mode that the registry has open and
// goes on writing; only the registry's own writes change the file.
func TestBesideWriter(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "source.db")
	registry := writable(t, path, map[string][]string{"_pragma": {"journal_mode(WAL)", "wal_autocheckpoint(0)"}})
	mustExec(t, registry, "CREATE TABLE t (k TEXT PRIMARY KEY, v TEXT); INSERT INTO t VALUES ('a', 'old')")
	before := files(t, dir)["source.db"]
	s := mustSource(t, mustOpen(t, path), "t", "k", "v")
	for _, want := range []string{"new", "newer"} {
		mustExec(t, registry, "UPDATE t SET v = ?", want)
		got, err := s.Lookup(t.Context(), "a")
		if diff := cmp.Diff(source.Record{"v": want}, got); diff != "" || err != nil {
			t.Errorf("error %v (-want +got):\n%s", err, diff)
		}
	}
	if err := s.db.Close(); err != nil {
		t.Fatal(err)
	}
	if files(t, dir)["source.db"] != before {
		t.Error("the database file changed before the registry wrote its log back")
	}
}
