package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/chancery-vc/chancery/internal/pgpool"
	"github.com/chancery-vc/chancery/issuer/source"
)

// statement is one that connections prepare when they first run it.
type statement struct {
	name, sql string
	// check, if not nil, refuses what the server describes it as.
	check func(*pgconn.StatementDescription) error
}

// What surrounds every read.
var (
	begin         = statement{name: "begin", sql: "BEGIN READ ONLY"}
	beginSnapshot = statement{name: "begin_snapshot", sql: "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"}
	takeTime      = statement{name: "take_time", sql: "SET LOCAL statement_timeout = " + milliseconds(pageTimeout)}
	commit        = statement{name: "commit", sql: "COMMIT"}
)

// conn is a connection that reads.
type conn struct{ *pgpool.Conn }

// stale tells whether err is one that a new connection may not have: this one
// is gone, or its prepared statements are of relations as they were.
func (c *conn) stale(err error) bool {
	if err == nil {
		return false
	}
	code := sqlState(err)
	return c.IsClosed() || code == "0A000" || code == "26000"
}

func (c *conn) prepare(ctx context.Context, s statement) (*pgconn.StatementDescription, error) {
	if description, ok := c.Prepared[s.name]; ok {
		return description, nil
	}
	description, err := c.Prepare(ctx, s.name, s.sql, nil)
	if err != nil {
		return nil, err
	}
	c.Prepared[s.name] = description
	if s.check != nil {
		err = s.check(description)
	}
	if err != nil {
		delete(c.Prepared, s.name)
		return nil, errors.Join(err, c.Deallocate(ctx, s.name))
	}
	return description, nil
}

// query is a statement, what stands before it in its transaction, and its
// parameters as text; nil is NULL.
type query struct {
	before []statement
	statement
	args [][]byte
}

// read runs a query and hands its rows to row, in one round trip but for the
// first time. Values are text, and good until row returns.
func (c *conn) read(ctx context.Context, q query, row func([][]byte) error) error {
	var descriptions []*pgconn.StatementDescription
	for _, s := range append(append([]statement{}, q.before...), q.statement, commit) {
		description, err := c.prepare(ctx, s)
		if err != nil {
			return err
		}
		descriptions = append(descriptions, description)
	}
	p := c.StartPipeline(ctx)
	last := len(descriptions) - 1
	for i, description := range descriptions[:last] {
		var args [][]byte
		if i == last-1 {
			args = q.args
		}
		p.SendQueryStatement(description, args, nil, nil)
	}
	p.SendPipelineSync() // an error skips to here, so that the end is always reached
	p.SendQueryStatement(descriptions[last], nil, nil, nil)
	err := p.Sync()
	if err == nil {
		err = c.results(p, row)
	}
	return first(err, p.Close())
}

// results hands on the rows of all that a pipeline answers, and returns the
// first error.
func (c *conn) results(p *pgconn.Pipeline, row func([][]byte) error) (failed error) {
	for {
		result, err := p.GetResults()
		failed = first(failed, err)
		switch result := result.(type) {
		case *pgconn.ResultReader:
			for result.NextRow() {
				if values := result.Values(); failed == nil && len(values) != len(result.FieldDescriptions()) {
					failed = fmt.Errorf("%w: the server answers with more or fewer columns than were asked for", source.ErrShape)
				} else if failed == nil {
					failed = row(values)
				}
			}
			_, err = result.Close()
			failed = first(failed, err)
		case nil:
			if err == nil || c.IsClosed() {
				return failed
			}
		}
	}
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
