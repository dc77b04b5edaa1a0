package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/issuer/scope"
)

// keep remembers statements that were compiled to read records.
func (d *DB) keep(statements []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.statements = append(d.statements, statements...)
}

// beyond finds statements that name more than the scope has.
func (d *DB) beyond(ctx context.Context, s scope.Scope) (findings []scope.Finding, err error) {
	d.mu.Lock()
	statements := slices.Clone(d.statements)
	d.mu.Unlock()
	only, err := newScoped(ctx, s)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, only.close()) }()
	for _, statement := range statements {
		if refusal := only.compile(ctx, statement); refusal != nil {
			findings = append(findings, scope.Finding{
				Kind: scope.Read, Object: "the statement " + statement, Says: fmt.Sprintf("a statement reads beyond the scope: %v", refusal),
			})
		}
	}
	return findings, ctx.Err()
}

// scoped is an empty database in memory of the relations and columns of a scope
// and no others: SQLite itself refuses to compile there what names more. (The
// driver has no authorizer, with which it would on the reading connections.)
type scoped struct {
	pool *sql.DB
	conn *sql.Conn // the database is this connection's
}

func newScoped(ctx context.Context, s scope.Scope) (*scoped, error) {
	pool, err := sql.Open("sqlite", "file:scope?mode=memory&_dqs=0")
	if err != nil {
		return nil, err
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	only := &scoped{pool, conn}
	for _, r := range s.Relations {
		if _, err := conn.ExecContext(ctx, createScoped(r)); err != nil {
			return nil, errors.Join(fmt.Errorf("the columns of %q in the scope: %w", r.Table, err), only.close())
		}
	}
	return only, nil
}

// createScoped makes a table that has not even a rowid besides its columns.
func createScoped(r scope.Relation) string {
	columns := make([]string, len(r.Columns))
	for i, column := range r.Columns {
		columns[i] = Quote(column)
	}
	return fmt.Sprintf("CREATE TABLE main.%s (%s, PRIMARY KEY (%s)) WITHOUT ROWID", Quote(r.Table), strings.Join(columns, ", "), columns[0])
}

func (o *scoped) compile(ctx context.Context, statement string) error {
	prepared, err := o.conn.PrepareContext(ctx, statement)
	if err != nil {
		return err
	}
	return prepared.Close()
}

func (o *scoped) close() error { return errors.Join(o.conn.Close(), o.pool.Close()) }
