package issuer_test

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
	"github.com/chancery-vc/chancery/issuer/scope"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/logproof"
	"github.com/chancery-vc/chancery/verifier/statement"
)

// server is the PostgreSQL server of the tests that need one.
var server postgrestest.Server

// onPostgres returns the folder of an issuer whose register is the database
// named, read by an account that may do what the issuer needs and no more.
func onPostgres(t *testing.T, database string, edits ...issuertest.Edit) (dir string) {
	t.Helper()
	server.Start(t)
	server.Database(t, database)
	reader := database + "_reader"
	server.Exec(t, database,
		"CREATE TABLE births (registration_number text PRIMARY KEY, given_names text, family_name text, date_of_birth date, place_of_birth text, remarks text)",
		"INSERT INTO births VALUES ('2019-000042', 'Zoë', 'Žižek', '2019-02-03', 'Novi Sad', 'for the office')",
		"CREATE ROLE "+reader+" LOGIN PASSWORD 'p'",
	)
	edits = append([]issuertest.Edit{
		issuertest.Replace("driver: sqlite", "driver: postgres"),
		issuertest.Replace("path: births.db", fmt.Sprintf("dsn: %q\n    password_file: password", server.Address(database, reader))),
	}, edits...)
	dir = issuertest.Folder(t, 1, edits...)
	must(t, os.WriteFile(filepath.Join(dir, "password"), []byte("p"), 0o600))
	_, err := issuer.Explain(t.Context(), issuertest.Load(t, dir), issuer.Environment{Now: time.Now, Random: rand.Reader})
	if !errors.Is(err, scope.ErrWide) && !errors.Is(err, scope.ErrNarrow) {
		t.Fatalf("before anything was granted: %v", err)
	}
	server.Exec(t, database, mended(err.Error())...)
	return dir
}

// mended returns the statements that an error prints.
func mended(text string) (statements []string) {
	for line := range strings.Lines(text) {
		if statement, ok := strings.CutSuffix(strings.TrimSpace(line), ";"); ok && strings.HasPrefix(line, "  ") {
			statements = append(statements, statement)
		}
	}
	return statements
}

// scopeOf returns what the issuer's statement says of its only source, and how
// a relying party's verifier judges it.
func scopeOf(t *testing.T, i *issuer.Issuer, dir string, clock *issuertest.Clock) (statement.Source, *verifier.Report) {
	t.Helper()
	signed, err := i.ScopeStatement(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	u, err := statement.Peek(signed)
	if err != nil || len(u.Statement.Scope.Sources) != 1 {
		t.Fatalf("%+v, %v", u, err)
	}
	return u.Statement.Scope.Sources[0], verify(t, signed, bundleOf(t, i, dir), clock.Now())
}

// TestWidenedWhileRunning: an account that is given a right is noticed, nothing
// is read with it until the right is taken away, and all of it is in the log.
func TestWidenedWhileRunning(t *testing.T) {
	dir, clock := onPostgres(t, "widened"), issuertest.NewClock()
	i := issuertest.Open(t, dir, clock)
	ask := func() error {
		_, err := i.Answer(t.Context(), issuer.Question{Caller: issuer.Operator, Profile: birth, Key: "2019-000042"})
		return err
	}
	if source, report := scopeOf(t, i, dir, clock); !source.Proven || report.Verdict() != verifier.VerdictAccepted || ask() != nil {
		t.Fatalf("%+v %s", source, report.Reason())
	}
	server.Exec(t, "widened", "GRANT UPDATE (remarks) ON births TO widened_reader")
	if err := i.Reprove(t.Context()); !errors.Is(err, scope.ErrWide) || !strings.Contains(err.Error(), "UPDATE") {
		t.Errorf("the right was not noticed: %v", err)
	}
	if err := ask(); !errors.Is(err, issuer.ErrWidened) || !errors.Is(err, issuer.ErrRefused) {
		t.Errorf("it is read all the same: %v", err)
	}
	source, report := scopeOf(t, i, dir, clock)
	if source.Proven || len(source.Findings) != 1 || source.Findings[0] != string(scope.Change) || report.Verdict() != verifier.VerdictNotEstablished {
		t.Errorf("%+v %s %s", source, report.Verdict(), report.Reason())
	}
	server.Exec(t, "widened", "REVOKE UPDATE (remarks) ON births FROM widened_reader")
	if err := errors.Join(i.Reprove(t.Context()), ask()); err != nil {
		t.Errorf("mended: %v", err)
	}
	if source, report := scopeOf(t, i, dir, clock); !source.Proven || report.Verdict() != verifier.VerdictAccepted {
		t.Errorf("%+v %s", source, report.Reason())
	}
	var said []string
	for _, r := range issuertest.Log(t, i.Store()) {
		if r.Kind == logproof.ScopeProven {
			said = append(said, r.Status+" "+strings.Join(r.Findings, " "))
		}
	}
	if got := strings.Join(said, ", "); got != "proven , wide change, proven " {
		t.Errorf("the log has %q", got)
	}
}

// TestWidenedAndWarned: by the configuration answers go on, and the statement
// says what is the matter.
func TestWidenedAndWarned(t *testing.T) {
	warns := func(text string) string { return text + "\nscope:\n  when_widened: warn\n" }
	dir, clock := onPostgres(t, "warned", warns), issuertest.NewClock()
	i := issuertest.Open(t, dir, clock)
	server.Exec(t, "warned", "GRANT SELECT (remarks) ON births TO warned_reader")
	if err := i.Reprove(t.Context()); !errors.Is(err, scope.ErrWide) {
		t.Errorf("the right was not noticed: %v", err)
	}
	answer(t, i, issuer.Question{Caller: issuer.Operator, Profile: birth, Key: "2019-000042"})
	if source, _ := scopeOf(t, i, dir, clock); source.Proven {
		t.Errorf("%+v", source)
	}
}

// TestSourceThatCannotBeAsked stays as it was proven, and the operator is told.
func TestSourceThatCannotBeAsked(t *testing.T) {
	dir, clock := onPostgres(t, "gone"), issuertest.NewClock()
	i := issuertest.Open(t, dir, clock)
	server.Exec(t, "gone", "ALTER ROLE gone_reader NOLOGIN", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'gone_reader'")
	if err := i.Reprove(t.Context()); err == nil || !strings.Contains(err.Error(), "source births") {
		t.Errorf("got %v", err)
	}
	if source, _ := scopeOf(t, i, dir, clock); !source.Proven {
		t.Errorf("%+v", source)
	}
}

// TestScopeStatement: it says which columns can be read, of every source, and
// expires.
func TestScopeStatement(t *testing.T) {
	i, dir, clock := setUp(t, 1, withRelyingParties)
	source, report := scopeOf(t, i, dir, clock)
	if len(source.Relations) != 1 || source.Relations[0].Name != "births" ||
		strings.Join(source.Relations[0].Columns, " ") != "date_of_birth family_name father_name given_names place_of_birth registration_number sex" {
		t.Errorf("%+v", source)
	}
	if report.Verdict() != verifier.VerdictAccepted {
		t.Errorf("%s", report.Reason())
	}
	first, err := i.ScopeStatement(t.Context())
	must(t, err)
	clock.Advance(30 * time.Second)
	again, err := i.ScopeStatement(t.Context())
	must(t, err)
	clock.Advance(time.Minute)
	later, err := i.ScopeStatement(t.Context())
	must(t, err)
	if string(first) != string(again) || string(first) == string(later) {
		t.Error("it is signed for each that asks, or once for all")
	}
	clock.Advance(25 * time.Hour)
	if report := verify(t, later, bundleOf(t, i, dir), clock.Now()); report.Verdict() != verifier.VerdictRefused {
		t.Errorf("after a day: %s", report.Verdict())
	}
	if secret := filepath.Base(dir); strings.Contains(string(first), secret) {
		t.Error("it names a folder")
	}
}
