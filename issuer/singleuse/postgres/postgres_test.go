package postgres

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/postgrestest"
	"github.com/chancery-vc/chancery/issuer/singleuse"
	"github.com/chancery-vc/chancery/issuer/singleuse/singleusetest"
)

// server is the PostgreSQL server of all tests here.
var server postgrestest.Server

// made counts databases and accounts, which are the server's.
var made atomic.Int32

func TestMain(m *testing.M) {
	code := m.Run()
	server.Stop()
	os.Exit(code)
}

const (
	database = "shared"
	password = "s3cret"
)

// once makes the database.
var once sync.Once

// shared is a schema with the tables, and an account that uses them.
type shared struct{ schema, account string }

func newShared(t *testing.T) shared {
	t.Helper()
	server.Start(t)
	once.Do(func() { server.Exec(t, "postgres", "CREATE DATABASE "+database) })
	n := made.Add(1)
	s := shared{fmt.Sprint("Chancery state ", n), fmt.Sprint("replica_", n)}
	server.Exec(t, database, fmt.Sprintf("CREATE ROLE %s LOGIN PASSWORD '%s'", s.account, password))
	t.Cleanup(func() {
		server.Exec(t, database, "DROP SCHEMA IF EXISTS "+quote(s.schema)+" CASCADE", "DROP OWNED BY "+s.account, "DROP ROLE "+s.account)
	})
	if err := Init(t.Context(), s.as(postgrestest.Admin), s.account); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s shared) as(account string) Options {
	return Options{DSN: server.Address(database, account), Password: saying(password), Schema: s.schema, Now: time.Now}
}

func (s shared) table() string { return quote(s.schema) + "." + tableEntries }

// exec runs a statement of a test, in which STATE is the schema and replica the
// account.
func (s shared) exec(t *testing.T, statement string) []string {
	t.Helper()
	return server.Exec(t, database, strings.NewReplacer("STATE", quote(s.schema), "replica", s.account).Replace(statement))
}

// saying returns a password that is always the same.
func saying(password string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) { return password, nil }
}

func (s shared) open(t *testing.T, now func() time.Time) *Store {
	t.Helper()
	o := s.as(s.account)
	o.Now = now
	return openAs(t, o)
}

func openAs(t *testing.T, o Options) *Store {
	t.Helper()
	opened, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { opened.Close() })
	return opened
}

// count returns how many rows there are.
func (s shared) count(t *testing.T) int {
	t.Helper()
	n, err := strconv.Atoi(s.exec(t, "SELECT count(*) FROM STATE.single_use")[0])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestContract(t *testing.T) {
	singleusetest.Run(t, func(t *testing.T) singleusetest.Place {
		s := newShared(t)
		return singleusetest.Place{
			Open:  func(t *testing.T, now func() time.Time) singleuse.Store { return s.open(t, now) },
			Count: s.count,
			Slack: MaxSkew,
		}
	})
}
