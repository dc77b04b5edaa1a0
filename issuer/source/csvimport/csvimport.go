// Package csvimport turns a CSV file into a table of a new SQLite database, the
// source that is there before a registry's own database is connected.
//
// The CSV is that of RFC 4180: a header row, comma, double quotes, LF or CRLF,
// in UTF-8 with or without a byte order mark. Every column becomes TEXT and
// every value is kept as it is, spaces at its edges and line breaks within
// quotes included. A blank field, quoted or not, becomes NULL, which is absent
// to the issuer; a field of spaces is a value. An empty line is no record.
//
// The key column becomes the primary key: a key that is blank (spaces alone
// count as blank) or there twice is refused. The table is an ordinary one, not
// WITHOUT ROWID: rows of a register are wide, and its separate index of keys is
// what lookups search and lists of keys read. A row's rowid is the line of the
// CSV on which its record starts.
//
// The import succeeds as a whole or leaves nothing behind. It writes to a
// temporary file beside the database, ".NAME.import-*", which SQLite has synced
// to disk before it takes the database's name. A process killed midway leaves
// that file, and the next import to the same database removes it.
//
// What is wrong with the CSV is told by a [LineError]; errors name lines,
// columns and tables, never a value.
//
// Sources: RFC 4180, section 2; sqlite.org/withoutrowid.html,
// /howtocorrupt.html (section 1.4, on journals that do not belong to a file).
package csvimport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/chancery-vc/chancery/issuer/source"
)

const (
	// MaxField is the most bytes a field may have: what the source can return.
	MaxField = source.MaxValue
	// MaxColumns is the most columns a table may have, so that one lookup can
	// still select them all.
	MaxColumns = 1000
	// MaxRecord is the most bytes a record may have, its quotes included.
	MaxRecord = 16 << 20
	// MaxRows is the most records a file may have.
	MaxRows = 100_000_000
)

// ErrExists says that the database is there already, or that something beside
// it shows that it is in use.
var ErrExists = errors.New("database exists")

// LineError says what is wrong with the CSV file, and where.
type LineError struct {
	Line int // the physical line on which the record starts, from 1
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap returns what is wrong.
func (e *LineError) Unwrap() error { return e.Err }

// Options says what to make of the CSV.
type Options struct {
	Table    string         // table to create
	Key      string         // column, as the header spells it, that is the primary key
	Replace  bool           // replace the database if there is one, atomically
	Progress func(rows int) // called now and then, and at the end, with the rows so far; may be nil
}

// Result says what was imported.
type Result struct {
	Rows    int
	Columns []string
}

// Import reads the CSV to its end and puts a database with that one table at
// dbPath, readable by its owner alone unless it replaces one that was not. A
// read that blocks is not interrupted by ctx.
func Import(ctx context.Context, csv io.Reader, dbPath string, opts Options) (Result, error) {
	result, err := importTo(ctx, csv, dbPath, opts)
	if err != nil {
		return Result{}, fmt.Errorf("import into %s: %w", dbPath, err)
	}
	return result, nil
}

func importTo(ctx context.Context, csv io.Reader, dbPath string, opts Options) (Result, error) {
	if err := opts.validate(); err != nil {
		return Result{}, err
	}
	dbPath, err := filepath.Abs(dbPath)
	if err != nil {
		return Result{}, err
	}
	mode, err := checkPlace(dbPath, opts.Replace)
	if err != nil {
		return Result{}, err
	}
	records, err := newRecords(csv)
	if err != nil {
		return Result{}, err
	}
	if err := sweep(ctx, dbPath); err != nil {
		return Result{}, err
	}
	temporary, err := newTemporary(dbPath, mode)
	if err != nil {
		return Result{}, err
	}
	defer os.Remove(temporary) // gone already after success
	result, err := load(ctx, temporary, records, opts)
	if err != nil {
		return Result{}, err
	}
	return result, place(temporary, dbPath, opts.Replace)
}

func (o Options) validate() error {
	switch {
	case o.Key == "":
		return errors.New("no key column is named")
	case strings.TrimSpace(o.Table) == "":
		return errors.New("no table is named")
	}
	return checkName(o.Table)
}

// checkName refuses names that no SQL statement can hold.
func checkName(name string) error {
	switch {
	case strings.ContainsRune(name, 0):
		return errors.New("a name holds a NUL character")
	case !utf8.ValidString(name):
		return errors.New("a name is not valid UTF-8: save the file as UTF-8")
	}
	return nil
}
