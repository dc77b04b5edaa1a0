// Package mysql reads a source of record that is a MariaDB database, of version
// 10.6 or later. A MySQL server speaks the same protocol and can be read, but
// what its accounts may do cannot be proven here.
//
// # Read-only
//
// Every statement is fixed when a relation is compiled, is prepared by the
// server, and runs inside START TRANSACTION READ ONLY; identifiers are quoted,
// values are parameters that are bound by the server. That is this side's word:
// a connection can turn each such setting off. The guard that holds is the
// account, which [DB.Prove] holds against the server's own word: it cannot
// change anything, and can read nothing beyond the scope.
//
// A grant on some columns of a table is no guard: HANDLER reads the others, and
// NATURAL JOIN compares with them, whatever was granted. So a scope is proven of
// relations that have no column beyond it: where a table has more, the proof
// prints the statements that make a view of the registry's, which the profile
// names instead.
//
// # Values
//
// CHAR, VARCHAR and the TEXT types, ENUM, SET, the integers, DECIMAL, DATE,
// DATETIME, TIMESTAMP, TIME, YEAR, UUID and JSON come back as the text that the
// server prints: an instant (TIMESTAMP) in UTC and marked +00, a BOOLEAN, which
// is a TINYINT, as 1 or 0, a CHAR without the blanks at its end, which are not
// stored. Text in another character set than utf8mb4 is refused where it does not
// come back from utf8mb4 as the same bytes. Zero dates (0000-00-00, and a month
// or a day of 00) are refused where they occur. Every other type is refused by
// column name with source.ErrShape when the relation is compiled: a floating
// point number, bytes, bits or a place has no one text, and ZEROFILL has two. A
// view of the registry's can give such a column as text. Text of more than
// source.MaxValue bytes stays in the database and is refused likewise.
//
// # Keys
//
// A key column is CHAR, VARCHAR or TEXT in utf8mb4, utf8mb3, latin1 or ascii, an
// integer or a UUID. Text matches byte for byte, whatever collation the column
// has, and an index on it is used; an integer by its decimal text and no other,
// a UUID by its text in lower case. The columns of a filter can be of any type
// that has one text, and are compared by that. [Source.Keys] goes page by page, each in a
// transaction of its own; with the collation utf8mb4_nopad_bin an index on the
// key spares a sort of the whole relation a page.
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
// They are those of package source. Of an error of the server only its number is
// kept where a record was being read, since its message can quote values. The
// password is in none.
//
// Sources: mariadb.com/kb/en: start-transaction, data-types, grant, show-grants,
// handler-commands, information-schema-columns-table, mariadb-error-codes.
package mysql

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

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
	// maxAge is how long a connection is used: a failover behind one address,
	// or a right taken away, is not outlived for long.
	maxAge = 30 * time.Minute
	// maxAnswer caps what the server may say to one statement: a page of keys
	// of source.MaxValue bytes.
	maxAnswer = (keysPage + 1) * (source.MaxValue + 1<<10)
)

// Options say which database to read, and as whom.
type Options struct {
	// DSN is where the server is: user@unix(/path/of/socket)/database or
	// user@tcp(host:port)/database, without a password. A server on another
	// machine needs ?tls=true; ssl-ca, ssl-cert and ssl-key name files of PEM.
	// The database's name is escaped as a part of a URL.
	DSN string
	// Password has the password of the account, for each connection, so that it
	// can change; nil if the account needs none.
	Password func(context.Context) (string, error)
}

// DB is a database that is read as one account. It is safe for concurrent use.
type DB struct {
	sql  *sql.DB
	name string
}

// Open connects to a database.
func Open(ctx context.Context, o Options) (*DB, error) {
	config, err := parse(o)
	if err != nil {
		return nil, err
	}
	name := config.DBName
	config.DBName = "" // where an account without a right in it cannot even be proven
	connector, err := newConnector(config)
	if err != nil {
		return nil, fmt.Errorf("%w: dsn: %w", source.ErrUnavailable, err)
	}
	db := &DB{sql: sql.OpenDB(connector), name: name}
	db.sql.SetMaxOpenConns(maxConns)
	db.sql.SetMaxIdleConns(maxConns)
	db.sql.SetConnMaxLifetime(maxAge)
	if err := db.use(ctx, readTimeout, db.sql.PingContext); err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// Close closes the database. Sources made from it can then read no more.
func (d *DB) Close() error { return d.sql.Close() }

// use has do work with a deadline. What failed because its connection was gone
// is done once more.
func (d *DB) use(ctx context.Context, timeout time.Duration, do func(context.Context) error) error {
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	err := do(limited)
	if stale(err) && limited.Err() == nil {
		err = do(limited)
	}
	return readError(limited, err)
}

// Quote returns an SQL identifier for name.
func Quote(name string) string {
	return "`" + strings.ReplaceAll(name, "`", "``") + "`"
}
