package sqlite

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/issuer/source"
)

func TestOpenPaths(t *testing.T) {
	for _, name := range []string{
		"plain.db", "two words.db", "a?b.db", "a?mode=rwc.db", "100%.db", "%20.db", "a#b.db", "a&b=c.db", "a+b.db", "é東.db", "file:x.db", `a"b'c.db`, `back\slash`, ":memory:", "a;b",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, name)
			// Made under a plain name and moved, so that URI is not what both sides share.
			registry := writable(t, filepath.Join(dir, "plain"), nil)
			mustExec(t, registry, "CREATE TABLE t (k TEXT, v TEXT); INSERT INTO t VALUES ('a', 'b')")
			registry.Close()
			if err := os.Rename(filepath.Join(dir, "plain"), path); err != nil {
				t.Fatal(err)
			}
			s := mustSource(t, mustOpen(t, path), "t", "k", "v")
			if record, err := s.Lookup(t.Context(), "a"); err != nil || record["v"] != "b" {
				t.Errorf("got %v, %v", record, err)
			}
			if found := files(t, dir); len(found) != 1 {
				t.Errorf("%d files beside each other, want 1: %v", len(found), found)
			}
		})
	}
}

func TestOpenRelativePath(t *testing.T) {
	dir := t.TempDir()
	registry := writable(t, filepath.Join(dir, "r.db"), nil)
	mustExec(t, registry, "CREATE TABLE t (k TEXT)")
	registry.Close()
	t.Chdir(dir)
	db := mustOpen(t, "r.db")
	t.Chdir(t.TempDir()) // connections opened later still find the file
	mustSource(t, db, "t", "k", "k")
}

func TestOpenRefused(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, data string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	utf16 := filepath.Join(dir, "utf16.db")
	registry := writable(t, utf16, map[string][]string{"_pragma": {"encoding('UTF-16le')"}})
	mustExec(t, registry, "CREATE TABLE t (k TEXT)")
	registry.Close()
	for _, c := range []struct {
		name, path string
		want       error
		says       string
	}{
		{"missing", filepath.Join(dir, "missing.db"), source.ErrUnavailable, "source import"},
		{"missing is also a missing file", filepath.Join(dir, "missing.db"), fs.ErrNotExist, "missing.db"},
		{"folder", dir, source.ErrUnavailable, "not a file"},
		{"a NUL in the path", filepath.Join(dir, "a\x00b"), source.ErrUnavailable, "invalid argument"},
		{"not a database", write("register.csv", strings.Repeat("id,name\n", 100)), source.ErrUnavailable, "not a database"},
		{"UTF-16", utf16, source.ErrShape, "UTF-16le"},
	} {
		t.Run(c.name, func(t *testing.T) {
			db, err := Open(c.path)
			if err == nil {
				db.Close()
			}
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %v that says %q", err, c.want, c.says)
			}
		})
	}
	if _, err := os.Stat(filepath.Join(dir, "missing.db")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("opening a missing file made one")
	}
}

// TestReplaced wants no record from a file that is no longer the register.
func TestReplaced(t *testing.T) {
	db := made(t, "CREATE TABLE t (k TEXT, v TEXT); INSERT INTO t VALUES ('a', 'old')")
	s := mustSource(t, db, "t", "k", "v")
	fresh := made(t, "CREATE TABLE t (k TEXT, v TEXT); INSERT INTO t VALUES ('a', 'new')")
	if err := os.Rename(fresh.path, db.path); err != nil {
		t.Fatal(err)
	}
	refused(t, s, "a", source.ErrUnavailable, "replaced")
	s = mustSource(t, mustOpen(t, db.path), "t", "k", "v")
	if record, err := s.Lookup(t.Context(), "a"); err != nil || record["v"] != "new" {
		t.Errorf("got %v, %v", record, err)
	}
	if err := os.Remove(db.path); err != nil {
		t.Fatal(err)
	}
	refused(t, s, "a", source.ErrUnavailable, "moved")
}

func TestClosed(t *testing.T) {
	s := mustSource(t, made(t, "CREATE TABLE t (k TEXT); INSERT INTO t VALUES ('a')"), "t", "k", "k")
	s.db.Close()
	refused(t, s, "a", source.ErrUnavailable, "closed")
}

// TestLocked wants a deadline kept while a writer holds the database, within
// the busy timeout, and a lookup that works again afterwards.
func TestLocked(t *testing.T) {
	db := made(t, "CREATE TABLE t (k TEXT); INSERT INTO t VALUES ('a')")
	s := mustSource(t, db, "t", "k", "k")
	registry := writable(t, db.path, nil)
	registry.SetMaxOpenConns(1)
	mustExec(t, registry, "BEGIN EXCLUSIVE")

	refused(t, s, "a", source.ErrUnavailable, "SQLITE_BUSY")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	if _, err := s.Lookup(ctx, "a"); !errors.Is(err, source.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want ErrUnavailable for a deadline exceeded", err)
	}
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("the deadline was overrun by %v", took)
	}
	mustExec(t, registry, "COMMIT")
	if _, err := s.Lookup(t.Context(), "a"); err != nil {
		t.Error(err)
	}
}

// TestSchemaChanged drops what a compiled source reads.
func TestSchemaChanged(t *testing.T) {
	db := made(t, "CREATE TABLE t (k TEXT, v TEXT); INSERT INTO t VALUES ('a', 'b')")
	s := mustSource(t, db, "t", "k", "v")
	registry := writable(t, db.path, nil)
	mustExec(t, registry, "ALTER TABLE t DROP COLUMN v")
	refused(t, s, "a", source.ErrShape, "SQLITE_ERROR")
	mustExec(t, registry, "DROP TABLE t")
	refused(t, s, "a", source.ErrShape, "SQLITE_ERROR")
	for _, err := range s.Keys(t.Context()) {
		if !errors.Is(err, source.ErrShape) {
			t.Errorf("Keys: got %v, want ErrShape", err)
		}
	}
}

// TestCorrupt flips the bytes of the table's only page.
func TestCorrupt(t *testing.T) {
	db := made(t, "CREATE TABLE t (k TEXT, v TEXT); INSERT INTO t VALUES ('a', 'b')")
	db.Close()
	data, err := os.ReadFile(db.path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 4096; i < len(data); i++ {
		data[i] ^= 0xff
	}
	if err := os.WriteFile(db.path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, mustSource(t, mustOpen(t, db.path), "t", "k", "v"), "a", source.ErrUnavailable, "SQLITE_CORRUPT")
}

// TestWriteCutShort has a copy of a database from the middle of a write, as a
// power cut would leave it: half of it must not be read.
func TestWriteCutShort(t *testing.T) {
	dir := t.TempDir()
	path, copied := filepath.Join(dir, "source.db"), filepath.Join(dir, "copy.db")
	registry := writable(t, path, map[string][]string{"_pragma": {"cache_size(2)"}})
	registry.SetMaxOpenConns(1)
	mustExec(t, registry, `CREATE TABLE t (k TEXT, v TEXT);
		WITH RECURSIVE i(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < 1000)
		INSERT INTO t SELECT n, hex(zeroblob(200)) FROM i`)
	mustExec(t, registry, "BEGIN; UPDATE t SET v = hex(randomblob(200))")
	for _, suffix := range []string{"", "-journal"} {
		data, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(copied+suffix, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	before := files(t, dir)
	if _, err := Open(copied); !errors.Is(err, source.ErrUnavailable) || !strings.Contains(err.Error(), "cut short") {
		t.Errorf("got %v, want ErrUnavailable that says what happened", err)
	}
	if diff := cmp.Diff(before, files(t, dir)); diff != "" {
		t.Errorf("the folder changed (-before +after):\n%s", diff)
	}
}

func refused(t *testing.T, s *Source, key string, want error, says string) {
	t.Helper()
	record, err := s.Lookup(t.Context(), key)
	if record != nil || !errors.Is(err, want) || !strings.Contains(err.Error(), says) {
		t.Errorf("Lookup(%q): got %v and %v, want no record and %v that says %q", key, record, err, want, says)
	}
}
