package csvimport

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/chancery-vc/chancery/issuer/source/sqlite"
)

// progressEvery is after how many rows the caller hears of them.
const progressEvery = 500

// scratch opens a file that this process alone uses until it is complete. The
// exclusive transaction tells other imports so, and its commit syncs the file.
func scratch(path string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", sqlite.URI(path, url.Values{
		"mode":     {"rw"},
		"_txlock":  {"exclusive"},
		"_dqs":     {"0"},
		"_journal": {"MEMORY"},
		"_sync":    {"FULL"},
	}))
	if err == nil {
		db.SetMaxOpenConns(1)
	}
	return db, err
}

// load fills the file at path with the table.
func load(ctx context.Context, path string, in *records, opts Options) (result Result, err error) {
	table, err := newTable(in.header, opts)
	if err != nil {
		return Result{}, err
	}
	db, err := scratch(path)
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return Result{}, err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, table.create); err != nil {
		return Result{}, fmt.Errorf("create table %q: %w", opts.Table, err)
	}
	rows, err := table.fill(ctx, tx, in, opts.Progress)
	if err != nil {
		return Result{}, err
	}
	return Result{Rows: rows, Columns: in.header}, tx.Commit()
}

// table is where the records go.
type table struct {
	key                  int // index of the key column
	create, insert, find string
}

func newTable(header []string, opts Options) (*table, error) {
	key := slices.Index(header, opts.Key)
	if key < 0 {
		return nil, fmt.Errorf("the header has no column %q for the key; it has %q", opts.Key, header)
	}
	rowID, err := rowIDName(header)
	if err != nil {
		return nil, err
	}
	names, columns := make([]string, len(header)), make([]string, len(header))
	for i, name := range header {
		names[i] = sqlite.Quote(name)
		columns[i] = names[i] + " TEXT"
	}
	columns[key] += " NOT NULL PRIMARY KEY"
	to := "main." + sqlite.Quote(opts.Table)
	return &table{
		key:    key,
		create: fmt.Sprintf("CREATE TABLE %s (%s)", to, strings.Join(columns, ", ")),
		insert: fmt.Sprintf("INSERT INTO %s (%s, %s) VALUES (?%s)", to, rowID, strings.Join(names, ", "), strings.Repeat(", ?", len(names))),
		find:   fmt.Sprintf("SELECT %s FROM %s WHERE %s = ?", rowID, to, names[key]),
	}, nil
}

// rowIDName returns a name of the rowid that no column hides
// (sqlite.org/lang_createtable.html#rowid).
func rowIDName(header []string) (string, error) {
	for _, name := range []string{"rowid", "oid", "_rowid_"} {
		if !slices.ContainsFunc(header, func(column string) bool { return fold(column) == name }) {
			return name, nil
		}
	}
	return "", errors.New("columns are named rowid, oid and _rowid_: rename one of them")
}

func (t *table) fill(ctx context.Context, tx *sql.Tx, in *records, progress func(int)) (int, error) {
	insert, err := tx.PrepareContext(ctx, t.insert)
	if err != nil {
		return 0, err
	}
	defer insert.Close()
	for rows := 0; ; rows++ {
		record, line, err := in.next()
		if progress != nil && (err == io.EOF || rows%progressEvery == 0 && rows > 0) {
			progress(rows)
		}
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return 0, err
		}
		if rows == MaxRows {
			return 0, &LineError{line, fmt.Errorf("more than %d records", MaxRows)}
		}
		if err := t.add(ctx, tx, insert, record, line); err != nil {
			return 0, err
		}
	}
}

func (t *table) add(ctx context.Context, tx *sql.Tx, insert *sql.Stmt, record []string, line int) error {
	if strings.TrimSpace(record[t.key]) == "" {
		return &LineError{line, errors.New("the key is blank")}
	}
	args := make([]any, 1, len(record)+1)
	args[0] = line
	for _, field := range record {
		if field == "" {
			args = append(args, nil)
		} else {
			args = append(args, field)
		}
	}
	_, err := insert.ExecContext(ctx, args...)
	if result, ok := errors.AsType[*driver.Error](err); ok && result.Code() == lib.SQLITE_CONSTRAINT_PRIMARYKEY {
		return t.duplicate(ctx, tx, record[t.key], line)
	}
	if err != nil {
		return fmt.Errorf("write the record of line %d: %w", line, err)
	}
	return nil
}

func (t *table) duplicate(ctx context.Context, tx *sql.Tx, key string, line int) error {
	var earlier int
	if err := tx.QueryRowContext(ctx, t.find, key).Scan(&earlier); err != nil {
		return fmt.Errorf("find the earlier record with the key of line %d: %w", line, err)
	}
	return &LineError{line, fmt.Errorf("the key is that of line %d already", earlier)}
}
