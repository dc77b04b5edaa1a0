// Package sqlite reads a source of record that is an SQLite 3 database file.
//
// # Read-only
//
// No single setting of SQLite makes a connection read-only, so three are put
// together. The file is opened with mode=ro, which nothing on the connection
// can undo and which refuses every write to it. query_only refuses writes to
// temporary and attached databases too, but a PRAGMA can set it back. And the
// number of databases that may be attached is limited to zero, which no
// statement can raise: without that limit, ATTACH on a mode=ro connection
// creates a missing file, and, once query_only is set back, writes to what it
// attached, even to the very source if that is attached again with mode=rw;
// VACUUM INTO, which attaches its target, likewise. Besides, only the
// statements compiled here ever run, and values are bound, never spliced in.
// File permissions that deny writing remain the operator's best guard.
//
// SQLite may create the -shm and -wal files beside a database in WAL mode, and
// temporary files for sorting; the database file itself is never written.
//
// # Scope
//
// SQLite has no accounts: who can read the file can read all of it. [DB.Prove]
// shows what can be shown. It tries to write and to attach on such connections,
// and has each statement compiled against an empty database that has the
// relations and columns of the scope alone. SQLite could be told to refuse all
// else on the connections themselves (sqlite3_set_authorizer), but the driver
// does not offer that. What the file's permissions allow is said and not
// judged.
//
// # Values
//
// TEXT comes back as it is, INTEGER as decimal text. REAL and BLOB, text that
// is not UTF-8, and values over source.MaxValue are refused by column name
// with source.ErrShape, as is a database whose text encoding is UTF-16: its
// text could be changed by conversion and its order would not be by bytes.
// The type is that of the value itself; the declared type of the column (DATE,
// VARCHAR...) changes nothing.
//
// # Keys
//
// A key matches byte for byte, whatever collation the column declares: another
// case or trailing spaces do not match. An INTEGER is matched by its decimal
// text and no other: 7 by "7", not by "07", "7.0" or " 7". REAL and BLOB keys
// match nothing in Lookup and end Keys with source.ErrShape, as does a record
// with no key. Without an index on the key column each lookup reads the whole
// relation; an index of the column's own collation is used. A filter matches as
// a key does, and uses no index.
//
// Sources: sqlite.org/uri.html, /pragma.html#pragma_query_only,
// /c3ref/c_limit_attached.html, /datatype3.html, /lang_keywords.html.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"

	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/chancery-vc/chancery/issuer/source"
)

const (
	// maxConns bounds the connections, each with a page cache of its own; a
	// lookup beyond it waits.
	maxConns = 8
	// busyTimeout is how long, in milliseconds, a read waits for a writer that
	// is just committing. SQLite does not look at the context meanwhile, so a
	// deadline can be overrun by as much.
	busyTimeout = "1000"
)

// DB is a database file opened for reading only. It is safe for concurrent use.
type DB struct {
	pool *sql.DB
	path string
	file fs.FileInfo // the file that path named when it was opened

	mu         sync.Mutex
	statements []string // all that were compiled to read records
}

// Open opens the database file at path, which must exist, for reading only.
func Open(path string) (*DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", source.ErrUnavailable, err)
	}
	file, err := stat(path)
	if err != nil {
		return nil, err
	}
	pool, err := sql.Open("sqlite", URI(path, readOnly()))
	if err != nil {
		return nil, fmt.Errorf("%w: open %s: %w", source.ErrUnavailable, path, err)
	}
	pool.SetMaxOpenConns(maxConns)
	pool.SetMaxIdleConns(maxConns)
	db := &DB{pool: pool, path: path, file: file}
	if err := db.checkEncoding(context.Background()); err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	return db, nil
}

// Close closes the database. Sources made from it can then read no more.
func (d *DB) Close() error { return d.pool.Close() }

// readOnly is how each connection is set up. Double-quoted names that do not
// exist must not turn into strings (_dqs), and views may not call functions
// with side effects (trusted_schema).
func readOnly() url.Values {
	return url.Values{
		"mode":       {"ro"},
		"_dqs":       {"0"},
		"_defensive": {"1"},
		"_pragma":    {"busy_timeout(" + busyTimeout + ")", "query_only(1)", "trusted_schema(0)"},
	}
}

func stat(path string) (fs.FileInfo, error) {
	file, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: there is no database at %s: correct the path, or make it from a CSV file with 'chancery source import': %w",
			source.ErrUnavailable, path, err)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", source.ErrUnavailable, err)
	case !file.Mode().IsRegular():
		return nil, fmt.Errorf("%w: %s is not a file: name the SQLite database file itself", source.ErrUnavailable, path)
	}
	return file, nil
}

// checkEncoding reads the database for the first time.
func (d *DB) checkEncoding(ctx context.Context) error {
	encodings, err := d.names(ctx, "SELECT encoding FROM pragma_encoding")
	if err != nil {
		return fmt.Errorf("open %s: %w", d.path, err)
	}
	if encodings[0] != "UTF-8" {
		return fmt.Errorf("%w: the text of %s is %s: copy it into a database whose encoding is UTF-8", source.ErrShape, d.path, encodings[0])
	}
	return nil
}

// conn returns a connection on which nothing can be attached. Every statement
// runs on one of these.
func (d *DB) conn(ctx context.Context) (*sql.Conn, error) {
	// A connection keeps reading the file it opened after another was renamed
	// over it: refused, so that nothing is issued from a register replaced.
	if file, err := os.Stat(d.path); err != nil || !os.SameFile(file, d.file) {
		return nil, fmt.Errorf("%w: %s was moved or replaced since it was opened: start again to read what is there now", source.ErrUnavailable, d.path)
	}
	conn, err := d.pool.Conn(ctx)
	if err != nil {
		return nil, readError(ctx, err)
	}
	if _, err := driver.Limit(conn, lib.SQLITE_LIMIT_ATTACHED, 0); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %w", source.ErrUnavailable, err), conn.Close())
	}
	return conn, nil
}

// query runs a statement and hands its rows to row, one at a time.
func (d *DB) query(ctx context.Context, statement string, args []any, row func(*sql.Rows) error) error {
	conn, err := d.conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	rows, err := conn.QueryContext(ctx, statement, args...)
	if err != nil {
		return readError(ctx, err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	return readError(ctx, rows.Err())
}

// readError tells an unreadable source from one that has changed its shape. It
// keeps SQLite's result code and drops its message, which can quote a value
// (a JSON path computed by a view, say).
func readError(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%w: %w", source.ErrUnavailable, ctx.Err())
	}
	result, ok := errors.AsType[*driver.Error](err)
	if !ok {
		return fmt.Errorf("%w: %w", source.ErrUnavailable, err)
	}
	primary := result.Code() & 0xff
	kind := source.ErrUnavailable
	if primary == lib.SQLITE_ERROR {
		kind = source.ErrShape
	}
	words := driver.ErrorCodeString[primary]
	if result.Code() == lib.SQLITE_READONLY_ROLLBACK {
		words = "a write to it was cut short: have the program that writes it open it once, which undoes that"
	}
	return fmt.Errorf("%w: SQLite result %d: %s", kind, result.Code(), words)
}
