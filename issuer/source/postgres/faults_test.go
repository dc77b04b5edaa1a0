package postgres

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/issuer/source/internal/servertest"
)

const people = `CREATE TABLE people (id text PRIMARY KEY, name text); INSERT INTO people SELECT 'p-' || n, 'name ' || n FROM generate_series(1, 100) n`

func refused(t *testing.T, s *Source, kind error, says string) {
	t.Helper()
	servertest.Within(t, readTimeout, func() { servertest.Refused(t, s, kind, says) })
}

// TestOpenRefused: what is wrong is said, and the password never.
func TestOpenRefused(t *testing.T) {
	r := newRegister(t, people)
	folder := t.TempDir()
	for name, c := range map[string]struct {
		options Options
		says    string
	}{
		"no server":             {Options{DSN: "host=" + folder + " user=a dbname=b", Password: given(password)}, folder},
		"wrong password":        {Options{DSN: r.options().DSN, Password: given("s3cret-other")}, "password authentication failed"},
		"no password":           {Options{DSN: r.options().DSN}, "28P01"},
		"no such account":       {Options{DSN: server.Address(r.database, "nobody"), Password: given(password)}, "nobody"},
		"no such database":      {Options{DSN: server.Address("none", r.account), Password: given(password)}, `database "none" does not exist`},
		"password in the DSN":   {Options{DSN: r.options().DSN + " password=" + password}, "password_file"},
		"password in a URI":     {Options{DSN: "postgres://a:" + password + "@localhost/b"}, "password_file"},
		"password as an option": {Options{DSN: "postgres://localhost/b?user=a&password=" + password}, "password_file"},
		"unreadable with one":   {Options{DSN: "postgres://a:" + password + "@[::1/b"}, "no connection string"},
		"settings":              {Options{DSN: r.options().DSN + " options='-c role=admin'"}, "no connection string"},
		"a setting":             {Options{DSN: r.options().DSN + " search_path=x"}, "no connection string"},
		"a service":             {Options{DSN: "service=s3cret"}, "no connection string"},
		"another machine":       {Options{DSN: "host=db.example user=a dbname=b", Password: given(password)}, "sslmode=verify-full"},
		"TLS that is not held":  {Options{DSN: "host=db.example user=a dbname=b sslmode=require", Password: given(password)}, "sslmode=verify-full"},
		"one of two":            {Options{DSN: "host=localhost,db.example user=a dbname=b sslmode=disable", Password: given(password)}, "db.example"},
	} {
		t.Run(name, func(t *testing.T) {
			servertest.Within(t, 2*connectTimeout, func() {
				db, err := Open(t.Context(), c.options)
				if err == nil {
					db.Close()
				}
				if !errors.Is(err, source.ErrUnavailable) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "s3cret") {
					t.Errorf("got %v, want it to say %q", err, c.says)
				}
			})
		})
	}
	// What the environment has does not stand in for what is configured.
	t.Setenv("PGPASSWORD", password)
	if db, err := Open(t.Context(), Options{DSN: r.options().DSN}); err == nil {
		db.Close()
		t.Error("it took the password of the environment")
	}
}

// TestOtherEncoding: text whose order is not by bytes is refused.
func TestOtherEncoding(t *testing.T) {
	r := emptyRegister(t)
	server.Exec(t, "postgres", "CREATE DATABASE "+r.database+"_old ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
	t.Cleanup(func() { server.Exec(t, "postgres", "DROP DATABASE "+r.database+"_old") })
	_, err := Open(t.Context(), Options{DSN: server.Address(r.database+"_old", r.account), Password: given(password)})
	if !errors.Is(err, source.ErrShape) || !strings.Contains(err.Error(), "LATIN1") {
		t.Errorf("got %v", err)
	}
}

// TestSilentServer: a server that takes a connection and says nothing ends in
// an error, as does a caller who goes away from it.
func TestSilentServer(t *testing.T) {
	folder := t.TempDir()
	servertest.Silent(t, filepath.Join(folder, ".s.PGSQL.5432"), connectTimeout, func(ctx context.Context) error {
		_, err := Open(ctx, Options{DSN: "user=a dbname=b host=" + folder})
		return err
	})
}

// TestTerminated: connections that an administrator ends are replaced without
// anybody noticing.
func TestTerminated(t *testing.T) {
	r := newRegister(t, people)
	s := mustSource(t, r.open(t), "people", "id", "name")
	for range 3 {
		servertest.Answers(t, s)
		r.exec(t, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '"+r.account+"'")
	}
	servertest.Answers(t, s)
}

// TestKilled: a server that dies ends in an error soon, and is found again
// after, by one connection at a time.
func TestKilled(t *testing.T) {
	r := newRegister(t, people)
	s := mustSource(t, r.open(t), "people", "id", "name")
	halt := func() {
		server.Kill(t)
		refused(t, s, source.ErrUnavailable, "")
	}
	servertest.Killed(t, s, halt, func() { server.Restart(t) }, 3*maxPause)
	if open := r.exec(t, "SELECT pid FROM pg_stat_activity WHERE usename = '"+r.account+"'"); len(open) > maxConns {
		t.Errorf("%d connections, more than %d", len(open), maxConns)
	}
}

// TestNoStampede: while a server is away, a crowd tries it rarely, and is told
// at once.
func TestNoStampede(t *testing.T) {
	folder := t.TempDir()
	config, err := parse(Options{DSN: "user=a dbname=b sslmode=disable host=" + folder})
	if err != nil {
		t.Fatal(err)
	}
	p := newPool(config, nil)
	defer p.Close()
	// Each try connects once more, to cancel.
	servertest.Stampede(t, filepath.Join(folder, ".s.PGSQL.5432"), 8, func(ctx context.Context) error {
		_, err := p.Acquire(ctx)
		return err
	})
}

// TestSlow: a lock and a view that takes its time end in an error, and leave
// nothing running.
func TestSlow(t *testing.T) {
	r := newRegister(t, people+"; CREATE VIEW slow AS SELECT id, name || pg_sleep(60)::text AS name FROM people")
	db := r.open(t)
	s := mustSource(t, db, "people", "id", "name")
	lock := make(chan struct{})
	go func() {
		defer close(lock)
		server.Exec(t, r.database, "BEGIN; LOCK TABLE people; SELECT pg_sleep(3); ROLLBACK")
	}()
	for len(r.exec(t, "SELECT 1 FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation = 'people'::regclass")) == 0 {
		time.Sleep(10 * time.Millisecond)
	}
	servertest.Within(t, lockTimeout+time.Second, func() { refused(t, s, source.ErrUnavailable, "locked") })
	<-lock
	servertest.Answers(t, s)
	slow := mustSource(t, db, "slow", "id", "name")
	servertest.Within(t, statementTimeout+2*time.Second, func() { refused(t, slow, source.ErrUnavailable, "too long") })
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	servertest.Within(t, time.Second, func() {
		if _, err := slow.Lookup(ctx, "p-1"); !errors.Is(err, source.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
	servertest.Within(t, time.Second, func() {
		for len(r.exec(t, "SELECT 1 FROM pg_stat_activity WHERE usename = '"+r.account+"' AND state = 'active'")) > 0 {
			time.Sleep(10 * time.Millisecond)
		}
	})
	servertest.Answers(t, s)
}

// TestSchemaChanges: what changes under an open source is noticed, never read
// as something else; what is put right again is read again.
func TestSchemaChanges(t *testing.T) {
	for name, c := range map[string]struct {
		change, back string
		says         string // empty if the change makes no difference
	}{
		"column renamed":        {"ALTER TABLE people RENAME name TO gone", "ALTER TABLE people RENAME gone TO name", "42703"},
		"column of another":     {"ALTER TABLE people ALTER name TYPE bytea USING 's3cret'::bytea", "", `"name" has changed`},
		"number for text":       {"ALTER TABLE people ALTER name TYPE float8 USING 1", "", `"name" has changed`},
		"key of another":        {"ALTER TABLE people ALTER id TYPE integer USING substr(id, 3)::int", "", "the key column has changed"},
		"table dropped":         {"ALTER TABLE people RENAME TO gone", "ALTER TABLE gone RENAME TO people", "42P01"},
		"rights taken":          {"REVOKE SELECT ON people FROM READER", "GRANT SELECT ON people TO READER", "chancery check"},
		"schema hidden":         {"REVOKE USAGE ON SCHEMA public FROM PUBLIC", "GRANT USAGE ON SCHEMA public TO PUBLIC", "42501"},
		"column added":          {"ALTER TABLE people ADD COLUMN more text", "", ""},
		"table made again":      {"CREATE TABLE fresh AS SELECT * FROM people; DROP TABLE people; ALTER TABLE fresh RENAME TO people; GRANT SELECT ON people TO READER", "", ""},
		"view that cannot read": {"ALTER TABLE people RENAME TO base; CREATE VIEW people AS SELECT id, (('s3cret' || name)::int)::text AS name FROM base; GRANT SELECT ON people TO READER", "", "22P02"},
		"view that writes": {`ALTER TABLE people RENAME TO base; CREATE FUNCTION w(n text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER
			AS $$ BEGIN DELETE FROM public.base; RETURN n; END $$; CREATE VIEW people AS SELECT id, w(name) AS name FROM base; GRANT SELECT ON people TO READER`, "", "25006"},
	} {
		t.Run(name, func(t *testing.T) {
			r := emptyRegister(t)
			fill := strings.NewReplacer("READER", r.account)
			r.exec(t, people+"; GRANT SELECT ON people TO "+r.account)
			s := mustSource(t, r.open(t), "people", "id", "name")
			servertest.Answers(t, s)
			r.exec(t, fill.Replace(c.change))
			if c.says == "" {
				servertest.Answers(t, s)
			} else {
				refused(t, s, source.ErrShape, c.says)
				refused(t, s, source.ErrShape, c.says)
			}
			if c.back != "" {
				r.exec(t, fill.Replace(c.back))
				servertest.Answers(t, s)
			}
		})
	}
}

// TestHugeValues: what is too large stays in the database.
func TestHugeValues(t *testing.T) {
	r := newRegister(t, `CREATE TABLE people (id text, name text, digits numeric, tree jsonb);
		INSERT INTO people VALUES ('p-1', repeat('s3cret', 2000000), 1, '{}'), ('p-2', '', ('1' || repeat('0', 100000))::numeric, '{}'),
			('p-3', '', 1, to_jsonb(repeat('x', 100000)))`)
	db := r.open(t)
	s := mustSource(t, db, "people", "id", "name", "digits", "tree")
	for key, column := range map[string]string{"p-1": "name", "p-2": "digits", "p-3": "tree"} {
		record, err := s.Lookup(t.Context(), key)
		if record != nil || !errors.Is(err, source.ErrShape) || !strings.Contains(err.Error(), fmt.Sprintf("%q", column)) {
			t.Errorf("%s: %v, %v", key, record, err)
		}
	}
}

// TestClosed: a database that was closed says so.
func TestClosed(t *testing.T) {
	r := newRegister(t, people)
	db := r.open(t)
	s := mustSource(t, db, "people", "id", "name")
	db.Close()
	servertest.Closed(t, s)
}
