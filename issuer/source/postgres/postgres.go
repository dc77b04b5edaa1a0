// Package postgres reads a source of record that is a PostgreSQL database, of
// version 13 or later.
//
// # Read-only
//
// Every statement is fixed when a relation is compiled, and runs inside BEGIN
// READ ONLY; identifiers are quoted, values are parameters. That is this side's
// word: a connection can turn each such setting off. The guard that holds is the
// account, which [DB.Prove] holds against the database's own catalogs: it cannot
// change anything, and can read nothing beyond the scope.
//
// # Values
//
// Text, character varying, smallint, integer, bigint, numeric, boolean, date,
// time and timestamp with and without time zone, uuid, json, jsonb, enumerated
// types and domains over these come back as the text that PostgreSQL prints:
// boolean as true or false, dates and times in ISO 8601's order, an instant
// (timestamp with time zone) in UTC. Every other type is refused by column name
// with source.ErrShape when the relation is compiled: a floating point number,
// bytes, money or an array has no one text, and character(n) pads what was
// written. A view of the registry's can give such a column as text. Values of
// more than source.MaxValue bytes stay in the database and are refused likewise.
//
// # Keys
//
// A key column is text, character varying, an integer or a uuid. Text matches
// byte for byte, whatever collation the column has; an integer by its decimal
// text and no other, a uuid by its text in lower case. [Source.Keys] goes page by
// page, each in a snapshot of its own, so that a batch of hours holds no vacuum
// up; an index on the key COLLATE "C" spares a sort a page where the key is text.
//
// A column of a filter is of any type above, and matches by the text that its
// value would be returned as, byte for byte.
//
// # Faults
//
// Each read ends in bounded time: the server's statement and lock timeouts, and
// a deadline on this side for a network that says nothing. A connection that
// died while it waited is replaced, and its read tried once more. After an
// outage connections are opened one at a time and, while that fails, ever more
// rarely; everybody else is told at once.
//
// # Errors
//
// They are those of package source. Of an error of the server only its code is
// kept where a record was being read, since its message can quote values. The
// password is in none.
//
// Sources: postgresql.org/docs/current/sql-begin.html, /libpq-connect.html,
// /datatype.html, /errcodes-appendix.html, /protocol-flow.html.
package postgres

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/chancery-vc/chancery/internal/pgpool"
	"github.com/chancery-vc/chancery/issuer/source"
)

const (
	// maxConns bounds the connections; a read beyond it waits.
	maxConns = 8
	// connectTimeout is how long one connection may take to open.
	connectTimeout = 5 * time.Second
	// readTimeout is how long a read may take in all, with waiting for a
	// connection and a second try.
	readTimeout = 15 * time.Second
	// statementTimeout and lockTimeout are what the server allows a lookup.
	statementTimeout = 5 * time.Second
	lockTimeout      = 2 * time.Second
	// pageTimeout is both for a page of keys, which may need a sort.
	pageTimeout = 2 * time.Minute
	// maxMessage caps what the server may say at once: a record of some hundred
	// columns of source.MaxValue bytes.
	maxMessage = 16 << 20
	// DefaultSchema is where PostgreSQL puts relations by itself.
	DefaultSchema = "public"
)

// Options say which database to read, and as whom.
type Options struct {
	// DSN is a connection string or URI of libpq's, without a password. Its
	// keywords are host, port, dbname, user, connect_timeout, sslmode,
	// sslrootcert, sslcert, sslkey and target_session_attrs.
	DSN string
	// Password has the password of the account, for each connection, so that it
	// can change; nil if the account needs none.
	Password func(context.Context) (string, error)
	Schema   string // of the relations; DefaultSchema if empty
}

// DB is a database that is read as one account. It is safe for concurrent use.
type DB struct {
	pool       *pgpool.Pool
	schema     string
	statements atomic.Uint64 // how many were compiled
}

// Open connects to a database, and refuses one whose text could be changed on
// the way.
func Open(ctx context.Context, o Options) (*DB, error) {
	config, err := parse(o)
	if err != nil {
		return nil, err
	}
	db := &DB{pool: newPool(config, o.Password), schema: o.Schema}
	if db.schema == "" {
		db.schema = DefaultSchema
	}
	err = db.use(ctx, readTimeout, func(_ context.Context, c *conn) error {
		if encoding := c.ParameterStatus("server_encoding"); encoding != "UTF8" {
			return fmt.Errorf("%w: the database's encoding is %s: its text has no one order by bytes; copy it into a database whose encoding is UTF8", source.ErrShape, encoding)
		}
		return nil
	})
	if err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// Close closes the database. Sources made from it can then read no more.
func (d *DB) Close() error {
	d.pool.Close()
	return nil
}

// use has do work on a connection. A connection that turns out to have died, or
// to remember relations as they no longer are, is replaced once.
func (d *DB) use(ctx context.Context, timeout time.Duration, do func(context.Context, *conn) error) error {
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	for {
		pooled, err := d.pool.Acquire(limited)
		if err != nil {
			return err
		}
		c := &conn{pooled}
		err = do(limited, c)
		stale := c.stale(err)
		again := c.Reused && limited.Err() == nil && stale
		d.pool.Release(pooled, stale)
		if !again {
			return readError(limited, err)
		}
		d.pool.Forget() // the others are likely to be as old
	}
}

// Quote returns an SQL identifier for name.
func Quote(name string) string {
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}
