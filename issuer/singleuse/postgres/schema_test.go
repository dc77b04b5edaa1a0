package postgres

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/postgrestest"
	"github.com/chancery-vc/chancery/issuer/singleuse"
)

// TestOpenRefused: what is wrong is said, and the password never.
func TestOpenRefused(t *testing.T) {
	s := newShared(t)
	o := s.as(s.account)
	for name, c := range map[string]struct {
		edit func(*Options)
		says string
	}{
		"no server":           {func(o *Options) { o.DSN = "host=" + t.TempDir() + " user=a dbname=b" }, "PGSQL"},
		"wrong password":      {func(o *Options) { o.Password = saying("s3cret-other") }, "password authentication failed"},
		"no password":         {func(o *Options) { o.Password = nil }, "28P01"},
		"no such database":    {func(o *Options) { o.DSN = server.Address("none", s.account) }, `database "none" does not exist`},
		"password in the DSN": {func(o *Options) { o.DSN += " password=" + password }, "password_file"},
		"password in a URI":   {func(o *Options) { o.DSN = "postgres://a:" + password + "@localhost/b" }, "password_file"},
		"a setting":           {func(o *Options) { o.DSN += " synchronous_commit=off" }, "no connection string"},
		"another machine":     {func(o *Options) { o.DSN = "host=db.example user=a dbname=b" }, "sslmode=verify-full"},
		"TLS without a name":  {func(o *Options) { o.DSN = "host=db.example user=a dbname=b sslmode=require" }, "sslmode=verify-full"},
		"one of two":          {func(o *Options) { o.DSN = "host=localhost,db.example user=a dbname=b sslmode=disable" }, "db.example"},
		"no such schema":      {func(o *Options) { o.Schema = "other" }, "chancery state init"},
	} {
		changed := o
		c.edit(&changed)
		opened, err := Open(t.Context(), changed)
		if err == nil {
			opened.Close()
		}
		if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: got %v, want it to say %q", name, err, c.says)
		}
	}
}

// TestInit makes the tables once, and leaves what is in them alone.
func TestInit(t *testing.T) {
	s := newShared(t)
	put(t, s.open(t, time.Now), offer(1))
	if err := Init(t.Context(), s.as(postgrestest.Admin), s.account); err != nil {
		t.Fatal(err)
	}
	if !there(t, s.open(t, time.Now), offer(1).Key) {
		t.Error("the entry is gone")
	}
	if err := Init(t.Context(), s.as(s.account), s.account); err == nil {
		t.Error("an account without rights made tables")
	}
}

// TestOtherSchema: tables that are not there, or of another version, or without
// rights, are refused before anything is written.
func TestOtherSchema(t *testing.T) {
	for name, statement := range map[string]string{
		"newer":        `UPDATE STATE.single_use_version SET version = 2`,
		"no version":   `DELETE FROM STATE.single_use_version`,
		"two versions": `INSERT INTO STATE.single_use_version VALUES (2)`,
		"gone":         `DROP SCHEMA STATE CASCADE`,
		"no rights":    `REVOKE ALL ON SCHEMA STATE FROM replica`,
	} {
		s := newShared(t)
		s.exec(t, statement)
		opened, err := Open(t.Context(), s.as(s.account))
		if !errors.Is(err, ErrSchema) {
			t.Errorf("%s: got %v", name, err)
		}
		if err == nil {
			opened.Close()
		}
	}
	s := newShared(t)
	s.exec(t, "REVOKE INSERT ON STATE.single_use FROM replica")
	err := singleuse.Put(t.Context(), s.open(t, time.Now), offer(1))
	if !errors.Is(err, singleuse.ErrUnavailable) || !strings.Contains(err.Error(), "42501") {
		t.Errorf("without a right: %v", err)
	}
}

// TestRights: an account that can do more than use the tables, or less, is
// refused, and what it is is said.
func TestRights(t *testing.T) {
	s := newShared(t)
	open := s.open(t, time.Now)
	for _, c := range []struct{ statement, undo, says string }{
		{"SELECT 1", "SELECT 1", ""},
		{"ALTER ROLE replica SUPERUSER", "ALTER ROLE replica NOSUPERUSER", "superuser"},
		{"ALTER ROLE replica CREATEROLE", "ALTER ROLE replica NOCREATEROLE", "make roles"},
		{"ALTER ROLE replica CREATEDB", "ALTER ROLE replica NOCREATEDB", "make databases"},
		{"ALTER ROLE replica REPLICATION", "ALTER ROLE replica NOREPLICATION", "replicate"},
		{"GRANT CREATE ON DATABASE shared TO replica", "REVOKE CREATE ON DATABASE shared FROM replica", "make schemas"},
		{"GRANT CREATE ON SCHEMA STATE TO replica", "REVOKE CREATE ON SCHEMA STATE FROM replica", "make tables"},
		{"ALTER TABLE STATE.single_use OWNER TO replica", "ALTER TABLE STATE.single_use OWNER TO admin", "owns single_use"},
		{"GRANT SELECT, INSERT, UPDATE, DELETE ON STATE.single_use TO replica", "SELECT 1", ""},
		{"GRANT TRUNCATE ON STATE.single_use TO PUBLIC", "REVOKE TRUNCATE ON STATE.single_use FROM PUBLIC", "TRUNCATE single_use"},
		{"GRANT UPDATE ON STATE.single_use_version TO replica", "REVOKE UPDATE ON STATE.single_use_version FROM replica", "UPDATE single_use_version"},
		{"REVOKE DELETE ON STATE.single_use FROM replica", "GRANT DELETE ON STATE.single_use TO replica", "may not DELETE"},
		{"CREATE TABLE people (name text); GRANT SELECT ON people TO PUBLIC", "DROP TABLE people", "public.people"},
		{"CREATE TABLE a (b text, c text); GRANT UPDATE (c) ON a TO replica", "DROP TABLE a", "public.a"},
	} {
		s.exec(t, c.statement)
		err := open.Prove(t.Context())
		if c.says == "" && err != nil || c.says != "" && (!errors.Is(err, ErrRights) || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: got %v, want it to say %q", c.statement, err, c.says)
		}
		s.exec(t, c.undo)
	}
}

func TestClock(t *testing.T) {
	s := newShared(t)
	for off, want := range map[time.Duration]error{0: nil, 20 * time.Second: nil, 2 * time.Minute: ErrClock, -2 * time.Minute: ErrClock} {
		now := func() time.Time { return time.Now().Add(off) }
		if err := s.open(t, now).CheckClock(t.Context()); !errors.Is(err, want) {
			t.Errorf("off by %s: %v", off, err)
		}
	}
}
