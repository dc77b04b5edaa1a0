package mysql

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/mysqltest"
	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/issuer/source/internal/servertest"
	"github.com/chancery-vc/chancery/issuer/source/sourcetest"
)

var (
	server   mysqltest.Server
	numbered atomic.Int64 // databases and accounts
)

func TestMain(m *testing.M) {
	code := m.Run()
	server.Stop()
	os.Exit(code)
}

func TestContract(t *testing.T) {
	sourcetest.Run(t, func(t *testing.T, table sourcetest.Table) func(source.Relation) (source.Source, error) {
		r := newRegister(t, createTable(table))
		db := r.open(t)
		return func(relation source.Relation) (source.Source, error) {
			s, err := db.Source(t.Context(), relation)
			if err != nil {
				return nil, err
			}
			return s, nil
		}
	})
}

// register is a database of its own, with an account that may read the whole
// of it.
type register struct {
	database, account string
}

const password = "s3cret-password"

// newRegister makes a register by SQL, and wants it and the rights in the server
// to be the same when the test ends.
func newRegister(t testing.TB, statements string) register {
	t.Helper()
	r := emptyRegister(t)
	r.exec(t, statements, "GRANT SELECT ON "+Quote(r.database)+".* TO "+r.account+"@localhost")
	before := digest(t, r.database)
	t.Cleanup(func() {
		if diff := cmp.Diff(before, digest(t, r.database)); diff != "" {
			t.Errorf("the register changed (-before +after):\n%s", diff)
		}
	})
	return r
}

func emptyRegister(t testing.TB) register {
	t.Helper()
	server.Start(t)
	n := numbered.Add(1)
	r := register{fmt.Sprint("register", n), fmt.Sprint("reader", n)}
	server.Exec(t, "", fmt.Sprintf("CREATE USER %s@localhost IDENTIFIED BY '%s'", r.account, password))
	t.Cleanup(func() { server.Exec(t, "", "DROP USER "+r.account+"@localhost") })
	server.Database(t, r.database)
	return r
}

func (r register) exec(t testing.TB, statements ...string) []string {
	t.Helper()
	return server.Exec(t, r.database, statements...)
}

func (r register) dsn() string {
	return fmt.Sprintf("%s@unix(%s)/%s", r.account, server.Socket(), url.PathEscape(r.database))
}

func (r register) options() Options { return Options{DSN: r.dsn(), Password: given(password)} }

func (r register) open(t testing.TB) *DB {
	t.Helper()
	db, err := Open(t.Context(), r.options())
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

// hexed is a text as SQL, whatever it holds.
func hexed(s string) string { return fmt.Sprintf("_utf8mb4 X'%X'", s) }

// createTable is the SQL that makes a table of the contract's, with a collation
// that tells little apart.
func createTable(table sourcetest.Table) string {
	names := make([]string, len(table.Columns))
	for i, name := range table.Columns {
		names[i] = Quote(name) + " longtext"
	}
	create := fmt.Sprintf("CREATE TABLE %s (%s, KEY (%s(100))) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci", Quote(table.Name), strings.Join(names, ", "), Quote(table.Key))
	return create + servertest.Insert(table, Quote(table.Name), hexed)
}

// given has a password that stays the same.
func given(password string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return password, nil }
}
