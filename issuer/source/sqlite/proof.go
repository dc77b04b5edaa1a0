package sqlite

import (
	"context"
	"database/sql"
	sqldriver "database/sql/driver"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/chancery-vc/chancery/issuer/scope"
	"github.com/chancery-vc/chancery/issuer/source"
)

// checked says what a proof looks at besides permissions, and what it does not
// show.
var checked = []string{
	"the connections, on which SQLite refused to write to the register and to attach another database, also with query_only undone",
	"the statements that read records, all of which SQLite compiled against an empty database of the relations and columns of the scope alone",
	"not an account, of which SQLite has none: the user that the issuer runs as can read the whole file",
	"not what a view reads: what it shows is the decision of who made it",
}

// Prove holds the connections, and each statement compiled so far, against a
// scope. What it finds is in the proof; its error says that the database could
// not be asked. What no file can show, and what the permissions of this one
// leave to the user that this program runs as, are among what was checked: they
// are no findings, since they are as the operator has set the file up.
func (d *DB) Prove(ctx context.Context, s scope.Scope, now time.Time) (scope.Proof, error) {
	proof, err := d.prove(ctx, s)
	if err != nil {
		return scope.Proof{}, fmt.Errorf("prove the scope of source %s: %w", s.Source, err)
	}
	proof.Source, proof.Database, proof.At = s.Source, filepath.Base(d.path), now
	return proof, nil
}

func (d *DB) prove(ctx context.Context, s scope.Scope) (scope.Proof, error) {
	versions, err := d.names(ctx, "SELECT sqlite_version()")
	if err != nil {
		return scope.Proof{}, err
	}
	written, err := d.tryAll(ctx)
	if err != nil {
		return scope.Proof{}, err
	}
	beyond, err := d.beyond(ctx, s)
	if err != nil {
		return scope.Proof{}, err
	}
	missing, err := d.missing(ctx, s)
	if err != nil {
		return scope.Proof{}, err
	}
	return scope.Proof{
		Server: "SQLite " + versions[0], Findings: slices.Concat(written, beyond, missing),
		Checked: append(slices.Clone(checked), permissions(d.path)),
	}, nil
}

// missing finds relations that are not, or no longer, as the scope has them.
func (d *DB) missing(ctx context.Context, s scope.Scope) ([]scope.Finding, error) {
	var findings []scope.Finding
	for _, r := range s.Relations {
		err := d.verify(ctx, source.Relation{Table: r.Table, Key: r.Keys[0], Columns: r.Columns})
		if err != nil && !errors.Is(err, source.ErrShape) {
			return nil, err
		}
		if err != nil {
			findings = append(findings, scope.Finding{Kind: scope.Missing, Object: r.Table, Says: err.Error()})
		}
	}
	return findings, nil
}

// trial is a statement that SQLite must refuse.
type trial struct {
	statement string
	refusal   int // the result by which it does
	finding   scope.Finding
}

// trials are run in this order, on a connection of their own. The last is in a
// transaction that is never committed, so that it would leave nothing behind.
var trials = []trial{
	{"CREATE TEMP TABLE chancery_trial (a)", lib.SQLITE_READONLY, scope.Finding{Kind: scope.Create, Object: "TEMP", Says: "a connection can make temporary tables"}},
	{"PRAGMA query_only = 0", lib.SQLITE_OK, scope.Finding{}},
	{"ATTACH ':memory:' AS chancery_trial", lib.SQLITE_ERROR, scope.Finding{Kind: scope.Create, Object: "ATTACH", Says: "a connection can attach other databases, and so make and write files"}},
	{"BEGIN", lib.SQLITE_OK, scope.Finding{}},
	{"CREATE TABLE main.chancery_trial (a)", lib.SQLITE_READONLY, scope.Finding{Kind: scope.Change, Object: "main", Says: "a connection can write to the register: it is not opened with mode=ro"}},
}

func (d *DB) tryAll(ctx context.Context) ([]scope.Finding, error) {
	conn, err := d.conn(ctx)
	if err != nil {
		return nil, err
	}
	defer discard(conn)
	return tryOn(ctx, conn)
}

func tryOn(ctx context.Context, conn *sql.Conn) ([]scope.Finding, error) {
	var findings []scope.Finding
	for _, t := range trials {
		_, err := conn.ExecContext(ctx, t.statement)
		if err == nil && t.refusal != lib.SQLITE_OK {
			findings = append(findings, t.finding)
		}
		if refused, ok := errors.AsType[*driver.Error](err); err != nil && (!ok || refused.Code()&0xff != t.refusal) {
			return nil, readError(ctx, err)
		}
	}
	return findings, nil
}

// discard closes a connection for good, since its settings were changed.
func discard(conn *sql.Conn) {
	_ = conn.Raw(func(any) error { return sqldriver.ErrBadConn })
}
