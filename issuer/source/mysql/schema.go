package mysql

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/chancery-vc/chancery/issuer/scope"
	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/issuer/source/internal/relation"
)

// The server compares names as it likes, so that they are compared here.
const (
	selectTables  = "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? ORDER BY 1"
	selectColumns = `SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, COALESCE(CHARACTER_SET_NAME, ''), COALESCE(COLLATION_NAME, '')
FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION`
)

// verify refuses a relation unless the database has its table and all its
// columns, spelled the same, and returns the columns by name.
func (d *DB) verify(ctx context.Context, r source.Relation) (map[string]column, error) {
	wanted := relation.Columns(r)
	for _, name := range append([]string{r.Table}, wanted...) {
		if strings.ContainsRune(name, 0) || !utf8.ValidString(name) {
			return nil, fmt.Errorf("%w: %q cannot be a name", source.ErrShape, name)
		}
	}
	tables, err := d.rows(ctx, selectTables, d.name)
	if err != nil {
		return nil, fmt.Errorf("read the schema: %w", err)
	}
	if names := firsts(tables); !slices.Contains(names, r.Table) {
		return nil, d.unseen(ctx, r, fmt.Sprintf("there is no table or view %q in the database %q that the account may read; there is %s", r.Table, d.name, relation.List(names)))
	}
	columns, names, err := d.columns(ctx, r.Table)
	if err != nil {
		return nil, fmt.Errorf("read the columns of %q: %w", r.Table, err)
	}
	for _, name := range wanted {
		if _, ok := columns[name]; !ok {
			return nil, d.unseen(ctx, r, fmt.Sprintf("%q has no column %q that the account may read; it has %s", r.Table, name, relation.List(names)))
		}
	}
	return columns, nil
}

// unseen says what the account does not see, which may be for want of a right,
// and how it is given one.
func (d *DB) unseen(ctx context.Context, r source.Relation, says string) error {
	rows, err := d.rows(ctx, "SELECT CURRENT_USER()")
	if err != nil {
		return fmt.Errorf("%w: %s", source.ErrShape, says)
	}
	p := prover{scope: scope.Compile("", r), database: d.name}
	p.is(rows[0][0])
	return fmt.Errorf("%w: %s. If it is there, an administrator lets the account read it by: %s", source.ErrShape, says, p.needs()[0])
}

// columns returns the columns of a table, and their names in its order.
func (d *DB) columns(ctx context.Context, table string) (columns map[string]column, names []string, err error) {
	rows, err := d.rows(ctx, selectColumns, d.name, table)
	columns = map[string]column{}
	for _, row := range rows {
		if row[0] == table {
			columns[row[1]] = column{name: row[1], dataType: row[2], columnType: row[3], charset: row[4], collation: row[5]}
			names = append(names, row[1])
		}
	}
	return columns, names, err
}

// rows returns what a fixed statement on the catalogs selects, where NULL is an
// empty text.
func (d *DB) rows(ctx context.Context, query string, args ...any) (rows [][]string, err error) {
	err = d.use(ctx, readTimeout, func(ctx context.Context) error {
		tx, err := d.sql.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
		if err != nil {
			return err
		}
		if rows, err = catalog(ctx, tx, query, args...); err != nil {
			_ = tx.Rollback() // or the connection is gone
			return err
		}
		return tx.Commit()
	})
	return rows, err
}

// catalog returns the rows of a fixed statement, where NULL is an empty text.
func catalog(ctx context.Context, tx *sql.Tx, query string, args ...any) (rows [][]string, err error) {
	found, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	names, err := found.Columns()
	if err != nil {
		return nil, err
	}
	cells := make([]sql.NullString, len(names))
	into := make([]any, len(names))
	for i := range cells {
		into[i] = &cells[i]
	}
	for found.Next() {
		if len(rows) == maxRights {
			return nil, fmt.Errorf("%w: there are more than %d rights or names to look at: make an account of its own", source.ErrShape, maxRights)
		}
		if err := found.Scan(into...); err != nil {
			return nil, err
		}
		row := make([]string, len(names))
		for i, cell := range cells {
			row[i] = cell.String
		}
		rows = append(rows, row)
	}
	return rows, found.Err()
}

func firsts(rows [][]string) []string {
	values := make([]string, len(rows))
	for i, row := range rows {
		values[i] = row[0]
	}
	return values
}
