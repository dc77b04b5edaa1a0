package mysql

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

const people = `CREATE TABLE people (id varchar(20) PRIMARY KEY, name varchar(100)) CHARACTER SET utf8mb4; INSERT INTO people SELECT CONCAT('p-', seq), CONCAT('name ', seq) FROM seq_1_to_100`

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
		"no server":              {Options{DSN: "a@unix(" + folder + "/none)/b", Password: given(password)}, folder},
		"wrong password":         {Options{DSN: r.dsn(), Password: given("s3cret-other")}, "Access denied"},
		"no password":            {Options{DSN: r.dsn()}, "1045"},
		"no such account":        {Options{DSN: "nobody@unix(" + server.Socket() + ")/" + r.database, Password: given(password)}, "nobody"},
		"password in the DSN":    {Options{DSN: strings.Replace(r.dsn(), "@", ":"+password+"@", 1)}, "password_file"},
		"nothing":                {Options{}, "it is not user@unix"},
		"no account":             {Options{DSN: "unix(" + server.Socket() + ")/b"}, "it is not user@unix"},
		"no database":            {Options{DSN: "a@unix(" + server.Socket() + ")/"}, "it is not user@unix"},
		"another network":        {Options{DSN: "a@udp(localhost:1)/b"}, "it is not user@unix"},
		"unreadable":             {Options{DSN: "a:" + password + "@tcp(localhost"}, "it is not user@unix"},
		"a setting":              {Options{DSN: r.dsn() + "?sql_mode=ANSI"}, "it can say tls=true"},
		"files":                  {Options{DSN: r.dsn() + "?allowAllFiles=true"}, "it can say tls=true"},
		"many statements":        {Options{DSN: r.dsn() + "?multiStatements=true"}, "it can say tls=true"},
		"parameters in the text": {Options{DSN: r.dsn() + "?interpolateParams=true"}, "it can say tls=true"},
		"clear passwords":        {Options{DSN: r.dsn() + "?allowCleartextPasswords=1"}, "it can say tls=true"},
		"what the library drops": {Options{DSN: r.dsn() + "?strict=true"}, "it can say tls=true"},
		"escapes":                {Options{DSN: r.dsn() + "?tls=%zz"}, "cannot be read"},
		"TLS that is not held":   {Options{DSN: "a@tcp(db.example:3306)/b?tls=skip-verify"}, "it can say tls=true"},
		"TLS twice":              {Options{DSN: "a@tcp(db.example:3306)/b?tls=true&tls=true"}, "each once"},
		"another machine":        {Options{DSN: "a@tcp(db.example:3306)/b", Password: given(password)}, "add ?tls=true"},
		"no authority":           {Options{DSN: "a@tcp(db.example:3306)/b?ssl-ca=" + folder + "/none"}, "ssl-ca cannot be read"},
		"half a certificate":     {Options{DSN: "a@tcp(db.example:3306)/b?tls=true&ssl-cert=" + folder + "/none"}, "ssl-cert and ssl-key"},
		"TLS through a socket":   {Options{DSN: r.dsn() + "?tls=true", Password: given(password)}, "TLS is for tcp"},
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
}

// TestNoDatabase: a database that is not there, or of which nothing may be read,
// is no relation.
func TestNoDatabase(t *testing.T) {
	r := newRegister(t, people)
	db, err := Open(t.Context(), Options{DSN: fmt.Sprintf("%s@unix(%s)/none", r.account, server.Socket()), Password: given(password)})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Source(t.Context(), source.Relation{Table: "people", Key: "id", Columns: []string{"name"}}); !errors.Is(err, source.ErrShape) || !strings.Contains(err.Error(), `"none"`) {
		t.Errorf("got %v", err)
	}
}

// TestSilentServer: a server that takes a connection and says nothing ends in
// an error, as does a caller who goes away from it.
func TestSilentServer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	servertest.Silent(t, path, connectTimeout, func(ctx context.Context) error {
		_, err := Open(ctx, Options{DSN: "a@unix(" + path + ")/b"})
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
		r.exec(t, "KILL USER "+r.account+"@localhost")
	}
	servertest.Answers(t, s)
}

// TestKilled: a server that dies ends in an error soon, and is found again
// after, by one connection at a time.
func TestKilled(t *testing.T) {
	r := newRegister(t, people)
	s := mustSource(t, r.open(t), "people", "id", "name")
	halt := func() {
		server.Halt()
		refused(t, s, source.ErrUnavailable, "")
	}
	servertest.Killed(t, s, halt, func() { server.Restart(t) }, 3*maxPause)
	if open := r.exec(t, "SELECT id FROM information_schema.PROCESSLIST WHERE user = '"+r.account+"'"); len(open) > maxConns {
		t.Errorf("%d connections, more than %d", len(open), maxConns)
	}
}

// TestNoStampede: while a server is away, a crowd tries it rarely, and is told
// at once.
func TestNoStampede(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	config, err := parse(Options{DSN: "a@unix(" + path + ")/b"})
	if err != nil {
		t.Fatal(err)
	}
	c, err := newConnector(config)
	if err != nil {
		t.Fatal(err)
	}
	servertest.Stampede(t, path, 6, func(ctx context.Context) error {
		_, err := c.Connect(ctx)
		return err
	})
}

// TestSlow: a lock and a view that takes its time end in an error, and leave
// nothing running.
func TestSlow(t *testing.T) {
	r := newRegister(t, people+"; CREATE VIEW slow AS SELECT id, CONCAT(name, SLEEP(60)) AS name FROM people")
	db := r.open(t)
	s := mustSource(t, db, "people", "id", "name")
	slow := mustSource(t, db, "slow", "id", "name")
	lock := make(chan struct{})
	locked := make(chan error, 1)
	go func() {
		defer close(lock)
		_, err := server.Query(context.Background(), r.database, "LOCK TABLES people WRITE; DO SLEEP(3); UNLOCK TABLES")
		locked <- err
	}()
	for len(r.exec(t, "SELECT 1 FROM information_schema.PROCESSLIST WHERE info LIKE 'DO SLEEP(3)%'")) == 0 {
		time.Sleep(10 * time.Millisecond)
	}
	servertest.Within(t, lockTimeout+time.Second, func() { refused(t, s, source.ErrUnavailable, "locked") })
	<-lock
	if err := <-locked; err != nil {
		t.Fatal(err)
	}
	servertest.Answers(t, s)
	servertest.Within(t, statementTimeout+2*time.Second, func() { refused(t, slow, source.ErrUnavailable, "too long") })
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	servertest.Within(t, time.Second, func() {
		if _, err := slow.Lookup(ctx, "p-1"); !errors.Is(err, source.ErrUnavailable) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
	servertest.Within(t, statementTimeout+2*time.Second, func() {
		for len(r.exec(t, "SELECT 1 FROM information_schema.PROCESSLIST WHERE user = '"+r.account+"' AND command IN ('Query', 'Execute')")) > 0 {
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
		"column renamed":         {"ALTER TABLE people RENAME COLUMN name TO gone", "ALTER TABLE people RENAME COLUMN gone TO name", "1054"},
		"bytes for text":         {"ALTER TABLE people MODIFY name varbinary(100)", "", `"name" has changed`},
		"number for text":        {"UPDATE people SET name = 1; ALTER TABLE people MODIFY name double", "", `"name" has changed`},
		"key of another":         {"UPDATE people SET id = SUBSTR(id, 3); ALTER TABLE people MODIFY id int", "", `"id" has changed`},
		"table dropped":          {"RENAME TABLE people TO gone", "RENAME TABLE gone TO people", "1146"},
		"rights taken":           {"REVOKE SELECT ON people FROM READER@localhost", "GRANT SELECT ON people TO READER@localhost", "chancery check"},
		"one column's taken":     {"REVOKE SELECT ON people FROM READER@localhost; GRANT SELECT (id) ON people TO READER@localhost", "GRANT SELECT ON people TO READER@localhost", "chancery check"},
		"another collation":      {"ALTER TABLE people CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin", "", ""},
		"column added":           {"ALTER TABLE people ADD COLUMN more text FIRST", "", ""},
		"table made again":       {"CREATE TABLE fresh AS SELECT * FROM people; DROP TABLE people; RENAME TABLE fresh TO people", "", ""},
		"view that cannot read":  {"RENAME TABLE people TO base; CREATE VIEW people AS SELECT id, CAST((SELECT CONCAT('s3cret', b.name) FROM base b) AS CHAR(100)) AS name FROM base", "", "1242"},
		"view of nothing":        {"RENAME TABLE people TO base; CREATE VIEW people AS SELECT * FROM base; RENAME TABLE base TO gone", "", "definer may not"},
		"view that writes":       {"RENAME TABLE people TO base; CREATE FUNCTION w(n text) RETURNS varchar(100) CHARSET utf8mb4 BEGIN DELETE FROM base; RETURN n; END; CREATE VIEW people AS SELECT id, w(name) AS name FROM base", "", "1792"},
		"view of an old charset": {"RENAME TABLE people TO base; CREATE VIEW people AS SELECT CONVERT(id USING latin1) AS id, name FROM base", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := emptyRegister(t)
			fill := strings.NewReplacer("READER", r.account)
			r.exec(t, people, "GRANT SELECT ON people TO "+r.account+"@localhost")
			s := mustSource(t, r.open(t), "people", "id", "name")
			servertest.Answers(t, s)
			for _, statement := range strings.Split(fill.Replace(c.change), "; CREATE FUNCTION") {
				if strings.HasPrefix(statement, " w(") {
					statement = "CREATE FUNCTION" + statement
				}
				r.exec(t, statement)
			}
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

// TestHugeValues: what is too large stays in the database, also what is only so
// in UTF-8.
func TestHugeValues(t *testing.T) {
	r := newRegister(t, `CREATE TABLE people (id varchar(10), name longtext, old text CHARACTER SET latin1, tree json) CHARACTER SET utf8mb4;
		INSERT INTO people VALUES ('p-1', REPEAT('s3cret', 2000000), '', '{}'), ('p-2', '', REPEAT('é', 60000), '{}'), ('p-3', '', '', JSON_QUOTE(REPEAT('x', 100000)))`)
	s := mustSource(t, r.open(t), "people", "id", "name", "old", "tree")
	for key, column := range map[string]string{"p-1": "name", "p-2": "old", "p-3": "tree"} {
		record, err := s.Lookup(t.Context(), key)
		if record != nil || !errors.Is(err, source.ErrShape) || !strings.Contains(err.Error(), fmt.Sprintf("%q holds a value of more", column)) {
			t.Errorf("%s: %v, %v", key, record, err)
		}
	}
}

// talker is a socket that says whatever it is asked for.
type talker struct{ rawConn }

func (talker) Read(p []byte) (int, error)  { return len(p), nil }
func (talker) Write(p []byte) (int, error) { return len(p), nil }

// TestTooMuch: a server that goes on and on is cut off, and one that is asked
// again is not.
func TestTooMuch(t *testing.T) {
	l := &limited{rawConn: talker{}}
	buffer := make([]byte, 1<<20)
	for range 3 {
		if _, err := l.Write(nil); err != nil {
			t.Fatal(err)
		}
		n, err := 0, error(nil)
		for ; err == nil; n++ {
			_, err = l.Read(buffer)
		}
		if !errors.Is(err, errTooMuch) || n != maxAnswer>>20+1 {
			t.Errorf("after %d MiB: %v", n, err)
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
