package civil

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

//go:embed schema.sql
var schema string

const insert = "INSERT INTO births VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"

// Write makes a register of the given number of rows from a seed, in a new
// SQLite file at path. The file appears whole or not at all: it is filled in a
// folder beside its place, and moved there at the end. A file that is already
// at path is an error that is [fs.ErrExist].
func Write(ctx context.Context, path string, rows int, seed uint64) error {
	births, err := Births(rows, seed)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("%s: %w: move it away, or name another file", path, fs.ErrExist)
	}
	// A folder, so that what SQLite keeps beside a file goes with it.
	folder, err := os.MkdirTemp(filepath.Dir(path), ".register-*")
	if err != nil {
		return fmt.Errorf("make a folder to work in: %w", err)
	}
	defer os.RemoveAll(folder)
	draft := filepath.Join(folder, "births.db")
	if err := fill(ctx, draft, births); err != nil {
		// A context that ends closes statements under way, whose error then
		// does not name it.
		return fmt.Errorf("write the register: %w", errors.Join(ctx.Err(), err))
	}
	return os.Rename(draft, path)
}

// fill writes births to a new file in one transaction.
func fill(ctx context.Context, path string, births iter.Seq[Birth]) (err error) {
	db, err := open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // does nothing after Commit
	if _, err := tx.ExecContext(ctx, schema); err != nil {
		return err
	}
	if err := insertAll(ctx, tx, births); err != nil {
		return err
	}
	return tx.Commit()
}

func open(path string) (*sql.DB, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	// As a URI (sqlite.org/uri.html), since a ? in a bare path starts options.
	name := url.URL{Scheme: "file", Path: filepath.ToSlash(path)}
	return sql.Open("sqlite", name.String())
}

func insertAll(ctx context.Context, tx *sql.Tx, births iter.Seq[Birth]) error {
	statement, err := tx.PrepareContext(ctx, insert)
	if err != nil {
		return err
	}
	defer statement.Close()
	for b := range births {
		if _, err := statement.ExecContext(ctx, b.columns()...); err != nil {
			return fmt.Errorf("record %s: %w", b.RegistrationNumber, err)
		}
	}
	return nil
}

// columns returns the fields in the order of the columns, NULL for those that
// were not entered.
func (b Birth) columns() []any {
	fields := []string{
		b.RegistrationNumber, b.GivenNames, b.FamilyName, b.DateOfBirth, b.PlaceOfBirth, b.Sex,
		b.MotherName, b.FatherName, b.RegisteredOn, b.Informant, b.Remarks,
	}
	columns := make([]any, len(fields))
	for i, field := range fields {
		columns[i] = sql.NullString{String: field, Valid: field != ""}
	}
	return columns
}
