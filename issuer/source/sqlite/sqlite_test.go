package sqlite

import (
	"database/sql"
	"maps"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/issuer/source/sourcetest"
)

func TestContract(t *testing.T) {
	sourcetest.Run(t, func(t *testing.T, table sourcetest.Table) func(source.Relation) (source.Source, error) {
		path := filepath.Join(t.TempDir(), "source.db")
		fill(t, path, table)
		db := mustOpen(t, path)
		return func(r source.Relation) (source.Source, error) {
			s, err := db.Source(t.Context(), r)
			if err != nil {
				return nil, err
			}
			return s, nil
		}
	})
}

// fill makes a database that holds the table.
func fill(t testing.TB, path string, table sourcetest.Table) {
	t.Helper()
	names := make([]string, len(table.Columns))
	for i, name := range table.Columns {
		names[i] = Quote(name)
	}
	db := writable(t, path, nil)
	mustExec(t, db, "CREATE TABLE "+Quote(table.Name)+" ("+strings.Join(names, " TEXT, ")+" TEXT)")
	mustExec(t, db, "CREATE INDEX by_key ON "+Quote(table.Name)+" ("+Quote(table.Key)+")")
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback()
	insert := "INSERT INTO " + Quote(table.Name) + " VALUES (?" + strings.Repeat(", ?", len(names)-1) + ")"
	for _, row := range table.Rows {
		args := make([]any, len(row))
		for i, value := range row {
			args[i] = value
		}
		if _, err := tx.Exec(insert, args...); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// writable opens a database as the registry itself would.
func writable(t testing.TB, path string, query url.Values) *sql.DB {
	t.Helper()
	query = maps.Clone(query)
	if query == nil {
		query = url.Values{}
	}
	query.Set("_synchronous", "OFF") // no test here is about losing power
	db, err := sql.Open("sqlite", URI(path, query))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func mustExec(t testing.TB, db *sql.DB, statement string, args ...any) {
	t.Helper()
	if _, err := db.Exec(statement, args...); err != nil {
		t.Fatalf("%.200s: %v", statement, err)
	}
}

// made makes a database by SQL and opens it for reading.
func made(t testing.TB, statements string) *DB {
	t.Helper()
	path := filepath.Join(t.TempDir(), "source.db")
	db := writable(t, path, nil)
	mustExec(t, db, statements)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return mustOpen(t, path)
}

func mustOpen(t testing.TB, path string) *DB {
	t.Helper()
	db, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func mustSource(t testing.TB, db *DB, table, key string, columns ...string) *Source {
	t.Helper()
	s, err := db.Source(t.Context(), source.Relation{Table: table, Key: key, Columns: columns})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
