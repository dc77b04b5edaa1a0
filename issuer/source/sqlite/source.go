package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/issuer/source/internal/relation"
)

var _ source.Source = (*Source)(nil)

// Source reads one relation of a database by statements that were fixed when it
// was made.
type Source struct {
	db       *DB
	relation source.Relation
	filter   []any // the values of the relation's filter
	lookup   string
	keys     keysStatements
}

// Source compiles a relation, after proving that the database has it.
func (d *DB) Source(ctx context.Context, r source.Relation) (*Source, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	if err := d.verify(ctx, r); err != nil {
		return nil, err
	}
	r.Columns = slices.Clone(r.Columns)
	s := &Source{db: d, relation: r, filter: values(r.Filter), lookup: lookupStatement(r), keys: compileKeys(r)}
	for _, statement := range s.statements() {
		if err := d.prepare(ctx, statement); err != nil {
			return nil, fmt.Errorf("compile the relation %q: %w", r.Table, err)
		}
	}
	d.keep(s.statements())
	return s, nil
}

// statements are all that read records.
func (s *Source) statements() []string {
	return []string{s.lookup, s.keys.classes, s.keys.integers, s.keys.text}
}

// prepare has the database compile a statement without running it. No record
// is read, so SQLite's message can be shown.
func (d *DB) prepare(ctx context.Context, statement string) error {
	conn, err := d.conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	prepared, err := conn.PrepareContext(ctx, statement)
	if err != nil {
		return fmt.Errorf("%w: %w", readError(ctx, err), err)
	}
	return prepared.Close()
}

// lookupStatement selects the records whose key is ?1, two at most. The first
// condition can use an index, but with the column's collation and affinity; ?2
// is ?1 as an integer if it can be read as one. The others leave only exact
// matches: what || makes is text, of no affinity and compared by bytes. The
// values of the filter come after.
func lookupStatement(r source.Relation) string {
	cells := make([]string, len(r.Columns))
	for i, column := range r.Columns {
		cells[i] = selectCell(column)
	}
	return fmt.Sprintf("SELECT %s FROM main.%s WHERE %[3]s IN (?1, ?2) AND typeof(%[3]s) IN ('text', 'integer') AND %[3]s || '' = ?1%[4]s LIMIT 2",
		strings.Join(cells, ", "), Quote(r.Table), Quote(r.Key), conditions(r.Filter, 3))
}

// Lookup returns the one record that has exactly this key.
func (s *Source) Lookup(ctx context.Context, key string) (source.Record, error) {
	// No record that could be returned has such a key.
	if len(key) > source.MaxValue || !utf8.ValidString(key) {
		return nil, fmt.Errorf("look up in %q: %w", s.relation.Table, source.ErrNone)
	}
	var records []source.Record
	err := s.db.query(ctx, s.lookup, slices.Concat([]any{key, integerOr(key)}, s.filter), func(rows *sql.Rows) error {
		record, err := s.scan(rows)
		records = append(records, record)
		return err
	})
	return relation.One(s.relation.Table, records, err)
}

func (s *Source) scan(rows *sql.Rows) (source.Record, error) {
	cells := make([]cell, len(s.relation.Columns))
	parts := make([]any, 0, 2*len(cells))
	for i := range cells {
		parts = append(parts, &cells[i].kind, &cells[i].text)
	}
	if err := rows.Scan(parts...); err != nil {
		return nil, fmt.Errorf("%w: %w", source.ErrShape, err)
	}
	record := make(source.Record, len(cells))
	for i, column := range s.relation.Columns {
		if err := cells[i].check(column); err != nil {
			return nil, err
		}
		if cells[i].text.Valid {
			record[column] = cells[i].text.String
		}
	}
	return record, nil
}

// integerOr returns text as the integer that it is a spelling of, or else as is.
func integerOr(text string) any {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	return text
}
