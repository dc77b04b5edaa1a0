package postgres

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/issuer/source"
)

const people = `CREATE TABLE people (id text PRIMARY KEY, name text); INSERT INTO people SELECT 'p-' || n, 'name ' || n FROM generate_series(1, 100) n`

// within fails a test whose part takes too long.
func within(t *testing.T, limit time.Duration, do func()) {
	t.Helper()
	began := time.Now()
	do()
	if took := time.Since(began); took > limit {
		t.Errorf("it took %v, more than %v", took, limit)
	}
}

func refused(t *testing.T, s *Source, kind error, says string) {
	t.Helper()
	within(t, readTimeout, func() {
		record, err := s.Lookup(t.Context(), "p-1")
		if record != nil || !errors.Is(err, kind) || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("got %v and %v, want %v that says %q", record, err, kind, says)
		}
	})
}

func answers(t *testing.T, s *Source) {
	t.Helper()
	if record, err := s.Lookup(t.Context(), "p-1"); err != nil || record["name"] != "name 1" {
		t.Errorf("got %v, %v", record, err)
	}
}

// TestOpenRefused: what is wrong is said, and the password never.
func TestOpenRefused(t *testing.T) {
	r := newRegister(t, people)
	folder := t.TempDir()
	for name, c := range map[string]struct {
		options Options
		says    string
	}{
		"no server":             {Options{DSN: "host=" + folder + " user=a dbname=b", Password: password}, folder},
		"wrong password":        {Options{DSN: r.options().DSN, Password: "s3cret-other"}, "password authentication failed"},
		"no password":           {Options{DSN: r.options().DSN}, "28P01"},
		"no such account":       {Options{DSN: server.Address(r.database, "nobody"), Password: password}, "nobody"},
		"no such database":      {Options{DSN: server.Address("none", r.account), Password: password}, `database "none" does not exist`},
		"password in the DSN":   {Options{DSN: r.options().DSN + " password=" + password}, "password_file"},
		"password in a URI":     {Options{DSN: "postgres://a:" + password + "@localhost/b"}, "password_file"},
		"password as an option": {Options{DSN: "postgres://localhost/b?user=a&password=" + password}, "password_file"},
		"unreadable with one":   {Options{DSN: "postgres://a:" + password + "@[::1/b"}, "no connection string"},
		"settings":              {Options{DSN: r.options().DSN + " options='-c role=admin'"}, "no connection string"},
		"a setting":             {Options{DSN: r.options().DSN + " search_path=x"}, "no connection string"},
		"a service":             {Options{DSN: "service=s3cret"}, "no connection string"},
		"another machine":       {Options{DSN: "host=db.example user=a dbname=b", Password: password}, "sslmode=verify-full"},
		"TLS that is not held":  {Options{DSN: "host=db.example user=a dbname=b sslmode=require", Password: password}, "sslmode=verify-full"},
		"one of two":            {Options{DSN: "host=localhost,db.example user=a dbname=b sslmode=disable", Password: password}, "db.example"},
	} {
		t.Run(name, func(t *testing.T) {
			within(t, 2*connectTimeout, func() {
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
	_, err := Open(t.Context(), Options{DSN: server.Address(r.database+"_old", r.account), Password: password})
	if !errors.Is(err, source.ErrShape) || !strings.Contains(err.Error(), "LATIN1") {
		t.Errorf("got %v", err)
	}
}

// TestSilentServer: a server that takes a connection and says nothing ends in
// an error, as does a caller who goes away from it.
func TestSilentServer(t *testing.T) {
	folder := t.TempDir()
	listener, err := net.Listen("unix", filepath.Join(folder, ".s.PGSQL.5432"))
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	within(t, connectTimeout/2, func() {
		if _, err := Open(ctx, Options{DSN: "user=a dbname=b host=" + folder}); !errors.Is(err, source.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
	within(t, 2*connectTimeout, func() {
		if _, err := Open(t.Context(), Options{DSN: "user=a dbname=b host=" + folder}); !errors.Is(err, source.ErrUnavailable) {
			t.Errorf("got %v", err)
		}
	})
}

// TestTerminated: connections that an administrator ends are replaced without
// anybody noticing.
func TestTerminated(t *testing.T) {
	r := newRegister(t, people)
	s := mustSource(t, r.open(t), "people", "id", "name")
	for range 3 {
		answers(t, s)
		r.exec(t, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '"+r.account+"'")
	}
	answers(t, s)
}

// TestKilled: a server that dies ends in an error soon, and is found again
// after, by one connection at a time.
func TestKilled(t *testing.T) {
	r := newRegister(t, people)
	s := mustSource(t, r.open(t), "people", "id", "name")
	var readers sync.WaitGroup
	stop := make(chan struct{})
	var failed, answered atomic.Int64
	for range 16 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				record, err := s.Lookup(t.Context(), "p-1")
				switch {
				case err == nil && record["name"] == "name 1":
					answered.Add(1)
				case errors.Is(err, source.ErrUnavailable):
					failed.Add(1)
					time.Sleep(time.Millisecond)
				default:
					t.Errorf("got %v, %v", record, err)
				}
			}
		})
	}
	server.Kill(t)
	within(t, readTimeout, func() { refused(t, s, source.ErrUnavailable, "") })
	server.Restart(t)
	before := answered.Load()
	within(t, 3*maxPause, func() {
		for deadline := time.Now().Add(3 * maxPause); answered.Load() == before && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
	})
	close(stop)
	readers.Wait()
	if failed.Load() == 0 || answered.Load() == before {
		t.Errorf("%d failed, %d answered after", failed.Load(), answered.Load()-before)
	}
	answers(t, s)
	if open := r.exec(t, "SELECT pid FROM pg_stat_activity WHERE usename = '"+r.account+"'"); len(open) > maxConns {
		t.Errorf("%d connections, more than %d", len(open), maxConns)
	}
}

// TestNoStampede: while a server is away, a crowd tries it rarely, and is told
// at once.
func TestNoStampede(t *testing.T) {
	folder := t.TempDir()
	listener, err := net.Listen("unix", filepath.Join(folder, ".s.PGSQL.5432"))
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	var tries atomic.Int64
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			tries.Add(1)
			conn.Close()
		}
	}()
	config, err := parse(Options{DSN: "user=a dbname=b sslmode=disable host=" + folder})
	if err != nil {
		t.Fatal(err)
	}
	p := newPool(config)
	defer p.close()
	var crowd sync.WaitGroup
	began, asked := time.Now(), atomic.Int64{}
	for range 50 {
		crowd.Go(func() {
			for time.Since(began) < time.Second {
				if _, err := p.acquire(t.Context()); !errors.Is(err, source.ErrUnavailable) {
					t.Errorf("got %v", err)
				}
				asked.Add(1)
				time.Sleep(time.Millisecond)
			}
		})
	}
	crowd.Wait()
	if n := tries.Load(); n < 2 || n > 8 || asked.Load() < 500 { // at 0, 100, 300 and 700 ms, and once more each to cancel
		t.Errorf("%d tries for %d questions", n, asked.Load())
	}
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
	within(t, lockTimeout+time.Second, func() { refused(t, s, source.ErrUnavailable, "locked") })
	<-lock
	answers(t, s)
	slow := mustSource(t, db, "slow", "id", "name")
	within(t, statementTimeout+2*time.Second, func() { refused(t, slow, source.ErrUnavailable, "too long") })
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	within(t, time.Second, func() {
		if _, err := slow.Lookup(ctx, "p-1"); !errors.Is(err, source.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
	within(t, time.Second, func() {
		for len(r.exec(t, "SELECT 1 FROM pg_stat_activity WHERE usename = '"+r.account+"' AND state = 'active'")) > 0 {
			time.Sleep(10 * time.Millisecond)
		}
	})
	answers(t, s)
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
			answers(t, s)
			r.exec(t, fill.Replace(c.change))
			if c.says == "" {
				answers(t, s)
			} else {
				refused(t, s, source.ErrShape, c.says)
				refused(t, s, source.ErrShape, c.says)
			}
			if c.back != "" {
				r.exec(t, fill.Replace(c.back))
				answers(t, s)
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
	refused(t, s, source.ErrUnavailable, "closed")
	for _, err := range s.Keys(t.Context()) {
		if !errors.Is(err, source.ErrUnavailable) {
			t.Errorf("Keys: %v", err)
		}
	}
}
