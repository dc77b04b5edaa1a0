package issuer_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/internal/mysqltest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/scope"
	"github.com/chancery-vc/chancery/issuer/source"
)

// faultRow makes the record that there is.
const faultRow = "INSERT INTO births (registration_number, given_names, family_name, date_of_birth, place_of_birth) VALUES ('" + faultKey + "', 'Zoë', 'Žižek', '2019-02-03', '" + faultPlace + "')"

func faultsOnPostgres(t *testing.T) faulty {
	const database = "faults"
	folder := t.TempDir()
	from := server.Start(t)
	p := newProxy(t, "unix", filepath.Join(folder, ".s.PGSQL.5432"), "unix", filepath.Join(from, ".s.PGSQL.5432"))
	dir := onPostgres(t, database, issuertest.Replace("host="+from, "host="+folder), withAskers)
	server.Exec(t, database, "UPDATE births SET remarks = '"+faultSecret+"'")
	return faulty{
		front:   newFront(t, dir, p, true),
		restart: func() { server.Kill(t); server.Restart(t) },
		digest:  func() string { return postgresDigest(t, database) },
		changes: changesOfPostgres(func(statements ...string) { server.Exec(t, database, statements...) }),
	}
}

// postgresDigest is a hash of what there is in a database, and of what accounts
// may do to it.
func postgresDigest(t *testing.T, database string) string {
	t.Helper()
	var parts []string
	for _, what := range []string{
		"births", "pg_proc", "pg_namespace", "pg_authid", "pg_auth_members", "pg_attribute", "pg_default_acl", "pg_largeobject_metadata", "pg_db_role_setting",
		"(SELECT oid, relname, relowner, relkind, relacl::text, relfilenode FROM pg_class)", "(SELECT datname, datdba, datacl::text FROM pg_database)",
	} {
		parts = append(parts, "SELECT coalesce(sum(hashtextextended(x::text, 0)::numeric), 0)::text FROM "+what+" x")
	}
	return strings.Join(server.Exec(t, database, strings.Join(parts, " UNION ALL ")), " ")
}

func faultsOnMariaDB(t *testing.T) faulty {
	const database = "faults"
	maria, dir, p := onMariaDB(t, database)
	return faulty{
		front:   newFront(t, dir, p, true),
		restart: func() { maria.Halt(); maria.Restart(t) },
		digest:  func() string { return mariaDigest(t, maria, database) },
		changes: changesOfMariaDB(func(statements ...string) { maria.Exec(t, database, statements...) }),
	}
}

// mariaDigest is what there is in a database, and what accounts may do to it.
func mariaDigest(t *testing.T, maria *mysqltest.Server, database string) string {
	t.Helper()
	return fmt.Sprint(
		maria.Exec(t, database, "SELECT CONCAT_WS(',', registration_number, given_names, family_name, date_of_birth, place_of_birth) FROM births"),
		maria.Exec(t, "", "SELECT MD5(GROUP_CONCAT(CONCAT_WS(',', host, user, priv) ORDER BY host, user)) FROM mysql.global_priv"),
		maria.Exec(t, "", "SELECT CONCAT_WS(',', host, db, user) FROM mysql.db ORDER BY 1"),
		maria.Exec(t, "", "SELECT CONCAT_WS(',', host, db, user, table_name, table_priv, column_priv) FROM mysql.tables_priv ORDER BY 1"),
		maria.Exec(t, "", "SELECT CONCAT_WS(',', db, name, body) FROM mysql.proc ORDER BY 1"),
		maria.Exec(t, "", "SELECT CONCAT_WS('.', TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, COLUMN_TYPE) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA NOT IN ('information_schema', 'performance_schema') ORDER BY 1"))
}

// onMariaDB returns the folder of an issuer whose register is the database named
// of a server of its own.
func onMariaDB(t *testing.T, database string) (*mysqltest.Server, string, *proxy) {
	t.Helper()
	var maria mysqltest.Server
	maria.Start(t)
	t.Cleanup(maria.Stop)
	maria.Exec(t, "", "CREATE DATABASE "+database+" CHARACTER SET utf8mb4")
	maria.Exec(t, database,
		"CREATE TABLE births (registration_number varchar(40) PRIMARY KEY, given_names varchar(100), family_name varchar(100), date_of_birth date, place_of_birth varchar(100))", faultRow,
		"CREATE USER reader@localhost IDENTIFIED BY 'p'")
	p := newProxy(t, "unix", filepath.Join(t.TempDir(), "s"), "unix", maria.Socket())
	dir := issuertest.Folder(t, 1, issuertest.Replace("driver: sqlite", "driver: mysql"),
		issuertest.Replace("path: births.db", fmt.Sprintf("dsn: reader@unix(%s)/%s\n    password_file: password", p.address, database)), withAskers)
	must(t, os.WriteFile(filepath.Join(dir, "password"), []byte("p"), 0o600))
	_, err := issuer.Explain(t.Context(), issuertest.Load(t, dir), issuer.Environment{Now: time.Now, Random: rand.Reader})
	if !errors.Is(err, scope.ErrWide) && !errors.Is(err, scope.ErrNarrow) && !errors.Is(err, source.ErrShape) {
		t.Fatalf("before anything was granted: %v", err)
	}
	maria.Exec(t, database, "GRANT SELECT ON births TO reader@localhost")
	_, err = issuer.Explain(t.Context(), issuertest.Load(t, dir), issuer.Environment{Now: time.Now, Random: rand.Reader})
	if err != nil {
		maria.Exec(t, database, mended(err.Error())...)
	}
	return &maria, dir, p
}

// api is a registry's API, whose answers can be changed.
type api struct {
	answer atomic.Pointer[http.HandlerFunc]
	wrote  atomic.Int64 // requests that could have changed something
	*httptest.Server
}

const faultAnswer = `{"registration_number":"` + faultKey + `","given_names":"Zoë","family_name":"Žižek","date_of_birth":"2019-02-03","place_of_birth":"` + faultPlace + `","remarks":"` + faultSecret + `"}`

// say has the API answer with a text.
func (a *api) say(text string) {
	a.do(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, text)
	})
}

func (a *api) do(answer http.HandlerFunc) { a.answer.Store(&answer) }

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if path := r.URL.EscapedPath(); r.Method != http.MethodGet || r.ContentLength > 0 || r.URL.RawQuery != "" || strings.Count(path, "/") != 2 || !strings.HasPrefix(path, "/births/") {
		a.wrote.Add(1)
	}
	(*a.answer.Load())(w, r)
}

// onHTTP returns the folder of an issuer whose register is behind an API.
func onHTTP(t *testing.T, edits ...issuertest.Edit) (*api, string, *proxy) {
	t.Helper()
	a := &api{}
	a.say(faultAnswer)
	a.Server = httptest.NewServer(a)
	t.Cleanup(a.Close)
	p := newProxy(t, "tcp", "127.0.0.1:0", "tcp", a.Listener.Addr().String())
	var columns strings.Builder
	for _, name := range []string{"registration_number", "given_names", "family_name", "date_of_birth", "place_of_birth"} {
		fmt.Fprintf(&columns, "            %s: /%[1]s\n", name)
	}
	where := fmt.Sprintf("http:\n      url: http://%s\n      no_tls_on_loopback: true\n      timeout: 1s\n      resources:\n        births:\n          get: /births/{key}\n          key: registration_number\n          none: {status: [404]}\n          columns:\n%s    allow_wide_source: true\n", p.address, columns.String())
	dir := issuertest.Folder(t, 1, append([]issuertest.Edit{issuertest.Replace("driver: sqlite", "driver: httpjson"), issuertest.Replace("path: births.db", where), withAskers}, edits...)...)
	return a, dir, p
}

func faultsOnHTTP(t *testing.T) faulty {
	a, dir, p := onHTTP(t)
	restart := func() {
		p.set(func(p *proxy) { p.up = "127.0.0.1:1" }) // where nobody is
		p.drop()
		time.Sleep(300 * time.Millisecond)
		other := httptest.NewServer(a.Config.Handler)
		t.Cleanup(other.Close)
		p.set(func(p *proxy) { p.up = other.Listener.Addr().String() })
	}
	return faulty{front: newFront(t, dir, p, false), restart: restart, digest: func() string { return fmt.Sprint(a.wrote.Load()) }, changes: changesOfAPI(a)}
}
