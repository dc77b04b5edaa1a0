package postgres

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/postgrestest"
	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/issuer/source/internal/servertest"
	"github.com/chancery-vc/chancery/issuer/source/sourcetest"
)

var (
	server   postgrestest.Server
	numbered atomic.Int64 // databases and accounts
)

func TestMain(m *testing.M) {
	code := m.Run()
	server.Stop()
	os.Exit(code)
}

func TestContract(t *testing.T) {
	r := emptyRegister(t)
	r.exec(t, "DROP SCHEMA public")
	sourcetest.Run(t, func(t *testing.T, table sourcetest.Table) func(source.Relation) (source.Source, error) {
		r.exec(t, "CREATE SCHEMA public; "+createTable(table)+"; GRANT USAGE ON SCHEMA public TO "+r.account)
		t.Cleanup(func() { r.exec(t, "DROP SCHEMA public CASCADE") })
		r.guard(t)
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

// newRegister makes a register by SQL, and wants its catalogs and contents to
// be the same when the test ends.
func newRegister(t testing.TB, statements string) register {
	t.Helper()
	r := emptyRegister(t)
	r.exec(t, statements)
	r.guard(t)
	return r
}

// guard lets the account read, and wants the register to be the same when the
// test ends.
func (r register) guard(t testing.TB) {
	t.Helper()
	r.exec(t, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO "+r.account)
	before := digest(t, r.database)
	t.Cleanup(func() {
		if diff := cmp.Diff(before, digest(t, r.database)); diff != "" {
			t.Errorf("the register changed (-before +after):\n%s", diff)
		}
	})
}

func emptyRegister(t testing.TB) register {
	t.Helper()
	server.Start(t)
	n := numbered.Add(1)
	r := register{fmt.Sprint("register_", n), fmt.Sprint("reader_", n)}
	server.Exec(t, "postgres", fmt.Sprintf("CREATE ROLE %s LOGIN PASSWORD '%s'", r.account, password))
	t.Cleanup(func() { dropRoles(t, r.account) })
	server.Database(t, r.database)
	return r
}

// dropRoles removes an account, and the roles that a test made after its name.
func dropRoles(t testing.TB, account string) {
	t.Helper()
	for _, role := range server.Exec(t, "postgres", `SELECT rolname FROM pg_roles WHERE rolname = '`+account+`' OR rolname LIKE '`+account+`\_%'`) {
		server.Exec(t, "postgres", "DROP OWNED BY "+role)
		server.Exec(t, "postgres", "DROP ROLE "+role)
	}
	server.Exec(t, "postgres", "GRANT CONNECT ON DATABASE postgres, template1 TO PUBLIC") // as the server was made
}

func (r register) exec(t testing.TB, statements ...string) []string {
	t.Helper()
	return server.Exec(t, r.database, statements...)
}

func (r register) options() Options {
	return Options{DSN: server.Address(r.database, r.account), Password: given(password)}
}

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

// createTable is the SQL that makes a table of the contract's.
func createTable(table sourcetest.Table) string {
	names := make([]string, len(table.Columns))
	for i, name := range table.Columns {
		names[i] = Quote(name)
	}
	text := func(value string) string { return "'" + strings.ReplaceAll(value, "'", "''") + "'" }
	return fmt.Sprintf("CREATE TABLE %[1]s (%[2]s text);%[3]s; CREATE INDEX ON %[1]s (%[4]s)",
		Quote(table.Name), strings.Join(names, " text, "), servertest.Insert(table, Quote(table.Name), text), Quote(table.Key))
}

// given has a password that stays the same.
func given(password string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return password, nil }
}
