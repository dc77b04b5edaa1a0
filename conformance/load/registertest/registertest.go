// Package registertest makes registers of births to measure an issuer with, in
// SQLite and on a real PostgreSQL, and serves the issuer in front of one as
// `chancery serve` does behind a proxy: over HTTP, without TLS, on a loopback
// address.
//
// Records have the keys [Key](1) to [Key](rows). Beside them are [KeyTwice],
// which two records have, and [KeyOdd], whose state has no word; [KeyNone] has
// no record.
package registertest

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/internal/postgrestest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/access"
	"github.com/chancery-vc/chancery/issuer/scope"
)

// What a relying party is, and may ask for.
const (
	Caller       = "school"
	Token        = "token-of-the-school"
	Purpose      = "enrolment"
	OtherPurpose = "marketing" // which the configuration has, and the caller may not ask for

	Status     = "sex"
	Credential = "birth"
)

// Facts returns the names of the facts, one of each kind of rule.
func Facts() []string { return []string{"of-age", "born-in", "registered", "girl-of-a-place"} }

// Keys that are special. All keys have one length.
const (
	KeyNone  = "n-0000000"
	KeyTwice = "n-9999998"
	KeyOdd   = "n-9999999"
)

// Key returns the key of a record, which are counted from 1.
func Key(n int) string { return fmt.Sprintf("n-%07d", n) }

// configured is what the configuration of [issuertest.Folder] gets: %s is the
// SHA-256 of the token.
const configured = `
purposes: [enrolment, marketing]
facts:
  of-age:
    source: births
    table: births
    key: registration_number
    rule: {compare: {column: date_of_birth, as: date, is: at most, to: today - 18 years}}
  born-in:
    source: births
    table: births
    key: registration_number
    rule: {field: {column: place_of_birth}}
    disclosure: value
  registered:
    source: births
    table: births
    key: registration_number
    rule: {exists: true}
  girl-of-a-place:
    source: births
    table: births
    key: registration_number
    rule:
      cel:
        expression: sex == "F" && place.startsWith("place")
        fields: {sex: {column: sex}, place: {column: place_of_birth}}
statuses:
  sex:
    source: births
    table: births
    key: registration_number
    column: sex
    states: {F: female, M: male}
budget: {subjects: unlimited, questions_per_subject: unlimited}
consult:
  callers:
    - name: school
      token_sha256: %s
      purposes: [enrolment]
      facts: [of-age, born-in, registered, girl-of-a-place]
      statuses: [sex]
      credentials: [birth]
`

func consulted(text string) string { return text + fmt.Sprintf(configured, access.Digest(Token)) }

const columns = "registration_number, given_names, family_name, date_of_birth, place_of_birth, sex"

// odd are the records that are not asked about in the usual way.
var odd = fmt.Sprintf(`INSERT INTO births (%[1]s) VALUES
	('%[2]s', 'Ann', 'One', '2001-01-01', 'place', 'F'), ('%[2]s', 'Ann', 'Two', '2001-01-01', 'place', 'F'), ('%[3]s', 'Bo', 'Odd', '2001-01-01', 'place', 'Z')`,
	columns, KeyTwice, KeyOdd)

// SQLite makes the folder of an issuer whose register is a file.
func SQLite(t testing.TB, rows int, edits ...issuertest.Edit) string {
	t.Helper()
	dir := issuertest.Folder(t, 1, append([]issuertest.Edit{consulted}, edits...)...)
	statements := []string{
		"DROP TABLE births",
		"CREATE TABLE births (registration_number TEXT, given_names TEXT, family_name TEXT, date_of_birth TEXT, place_of_birth TEXT, sex TEXT, remarks TEXT)",
		fmt.Sprintf(`WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t LIMIT %d)
			INSERT INTO births (%s) SELECT printf('n-%%07d', n), 'given ' || n, 'family ' || n, date('2000-01-01', '+' || (n %% 9000) || ' days'), 'place ' || n, substr('FM', n %% 2 + 1, 1) FROM t`, rows, columns),
		odd,
		"CREATE INDEX births_number ON births (registration_number)",
	}
	must(t, issuertest.Exec(t.Context(), filepath.Join(dir, issuertest.RegisterFile), strings.Join(statements, ";")))
	return dir
}

// Postgres makes the folder of an issuer whose register is a new database of s,
// which is read by an account that may do what is needed and no more.
func Postgres(t testing.TB, s *postgrestest.Server, database string, rows int, edits ...issuertest.Edit) string {
	t.Helper()
	s.Database(t, database)
	s.Exec(t, database,
		"CREATE TABLE births (registration_number text, given_names text, family_name text, date_of_birth date, place_of_birth text, sex text, remarks text)",
		fmt.Sprintf(`INSERT INTO births (%s) SELECT 'n-' || lpad(n::text, 7, '0'), 'given ' || n, 'family ' || n, '2000-01-01'::date + n %% 9000, 'place ' || n, substr('FM', n %% 2 + 1, 1) FROM generate_series(1, %d) n`, columns, rows),
		odd,
		"CREATE INDEX ON births (registration_number)", "ANALYZE",
	)
	reader := database + "_reader"
	s.Exec(t, database, "CREATE ROLE "+reader+" LOGIN PASSWORD 'p'")
	t.Cleanup(func() { s.Exec(t, database, "DROP OWNED BY "+reader, "DROP ROLE "+reader) })
	source := fmt.Sprintf("dsn: %q\n    password_file: password", s.Address(database, reader))
	edits = append([]issuertest.Edit{consulted, issuertest.Replace("driver: sqlite", "driver: postgres"), issuertest.Replace("path: births.db", source)}, edits...)
	dir := issuertest.Folder(t, 1, edits...)
	must(t, os.WriteFile(filepath.Join(dir, "password"), []byte("p"), 0o600))
	s.Exec(t, database, missing(t, dir)...)
	return dir
}

// missing returns the statements that an issuer prints that cannot read its
// register yet.
func missing(t testing.TB, dir string) (statements []string) {
	t.Helper()
	_, err := issuer.Explain(t.Context(), issuertest.Load(t, dir), issuer.Environment{Now: time.Now, Random: rand.Reader})
	if !errors.Is(err, scope.ErrWide) && !errors.Is(err, scope.ErrNarrow) {
		t.Fatalf("before anything was granted: %v", err)
	}
	for line := range strings.Lines(err.Error()) {
		if statement, ok := strings.CutSuffix(strings.TrimSpace(line), ";"); ok && strings.HasPrefix(line, "  ") {
			statements = append(statements, statement)
		}
	}
	return statements
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
