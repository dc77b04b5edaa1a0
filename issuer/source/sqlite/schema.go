package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/issuer/source/internal/relation"
)

const (
	selectTables = `SELECT name FROM main.sqlite_schema WHERE type IN ('table', 'view') ORDER BY name`
	// The x of xinfo adds generated columns; hidden = 1 marks what belongs to a
	// virtual table's workings.
	selectColumns = `SELECT name FROM pragma_table_xinfo(?1, 'main') WHERE hidden <> 1 ORDER BY cid`
)

// verify refuses a relation unless the schema has its table and all its
// columns, spelled the same.
func (d *DB) verify(ctx context.Context, r source.Relation) error {
	tables, err := d.names(ctx, selectTables)
	if err != nil {
		return fmt.Errorf("read the schema: %w", err)
	}
	if !slices.Contains(tables, r.Table) {
		return fmt.Errorf("%w: there is no table or view %q; there is %s", source.ErrShape, r.Table, relation.List(tables))
	}
	columns, err := d.names(ctx, selectColumns, r.Table)
	if err != nil {
		return fmt.Errorf("read the columns of %q: %w", r.Table, err)
	}
	for _, column := range relation.Columns(r) {
		if !slices.Contains(columns, column) {
			return fmt.Errorf("%w: %q has no column %q; it has %s", source.ErrShape, r.Table, column, relation.List(columns))
		}
	}
	return nil
}

// names returns the one column of text that a statement selects.
func (d *DB) names(ctx context.Context, statement string, args ...any) ([]string, error) {
	var names []string
	err := d.query(ctx, statement, args, func(rows *sql.Rows) error {
		var name string
		if err := rows.Scan(&name); err != nil {
			return fmt.Errorf("%w: %w", source.ErrShape, err)
		}
		names = append(names, name)
		return nil
	})
	return names, err
}
