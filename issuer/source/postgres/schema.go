package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/issuer/source/internal/relation"
)

var (
	selectTables = statement{name: "tables", sql: `SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname::text = $1::text AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY 1`}
	selectColumns = statement{name: "columns", sql: `SELECT a.attname::text, format_type(a.atttypid, a.atttypmod), (a.attcollation <> 0)::text
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname::text = $1::text AND c.relname::text = $2::text AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`}
	selectEnums = statement{name: "enums", sql: `SELECT oid::text FROM pg_type WHERE typtype = 'e'`}
)

// column is one as the catalog has it.
type column struct {
	name, typeName string
	collated       bool // it holds text
}

// typeOf returns the name of a column's type; the column is there.
func typeOf(columns []column, name string) string { return find(columns, name).typeName }

func find(columns []column, name string) column {
	return columns[slices.IndexFunc(columns, func(c column) bool { return c.name == name })]
}

// verify refuses a relation unless the schema has its table and all its
// columns, spelled the same, and returns the columns.
func (d *DB) verify(ctx context.Context, r source.Relation) ([]column, error) {
	for _, name := range append([]string{d.schema, r.Table}, relation.Columns(r)...) {
		if strings.ContainsRune(name, 0) || !utf8.ValidString(name) {
			return nil, fmt.Errorf("%w: %q cannot be a name", source.ErrShape, name)
		}
	}
	found, err := d.rows(ctx, selectTables, d.schema)
	if err != nil {
		return nil, fmt.Errorf("read the schema: %w", err)
	}
	tables := firsts(found)
	if !slices.Contains(tables, r.Table) {
		return nil, fmt.Errorf("%w: there is no table or view %q in the schema %q; there is %s", source.ErrShape, r.Table, d.schema, relation.List(tables))
	}
	if found, err = d.rows(ctx, selectColumns, d.schema, r.Table); err != nil {
		return nil, fmt.Errorf("read the columns of %q: %w", r.Table, err)
	}
	names := firsts(found)
	for _, name := range relation.Columns(r) {
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("%w: %q has no column %q; it has %s", source.ErrShape, r.Table, name, relation.List(names))
		}
	}
	columns := make([]column, len(found))
	for i, row := range found {
		columns[i] = column{row[0], row[1], row[2] == "true"}
	}
	return columns, nil
}

func firsts(rows [][]string) []string {
	values := make([]string, len(rows))
	for i, row := range rows {
		values[i] = row[0]
	}
	return values
}

// enums returns the enumerated types that there are.
func (d *DB) enums(ctx context.Context) ([]string, error) {
	rows, err := d.rows(ctx, selectEnums)
	return firsts(rows), err
}

// rows returns what a statement on the catalogs selects.
func (d *DB) rows(ctx context.Context, s statement, args ...string) (rows [][]string, err error) {
	err = d.use(ctx, readTimeout, func(ctx context.Context, c *conn) error {
		rows, err = c.rows(ctx, query{before: []statement{begin}, statement: s, args: texts(args)})
		return err
	})
	return rows, err
}

// rows returns the rows of a query on the catalogs, where NULL is an empty text.
func (c *conn) rows(ctx context.Context, q query) (rows [][]string, err error) {
	err = c.read(ctx, q, func(values [][]byte) error {
		row := make([]string, len(values))
		for i, value := range values {
			row[i] = string(value)
		}
		rows = append(rows, row)
		return nil
	})
	return rows, err
}

func texts(args []string) [][]byte {
	values := make([][]byte, len(args))
	for i, arg := range args {
		values[i] = []byte(arg)
	}
	return values
}
