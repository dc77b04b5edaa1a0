package mysql

import (
	"context"
	"fmt"
	"slices"

	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/issuer/source/internal/relation"
)

var _ source.Source = (*Source)(nil)

// Source reads one relation of a database by statements that were fixed when it
// was made.
type Source struct {
	db       *DB
	relation source.Relation
	key      column
	where    filter
	lookup   *statement
	keys     keysStatements
}

// Source compiles a relation, after proving that the database has it, and that
// each of its columns has one exact text.
func (d *DB) Source(ctx context.Context, r source.Relation) (*Source, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	columns, err := d.verify(ctx, r)
	if err != nil {
		return nil, err
	}
	for _, name := range r.Columns {
		if err := columns[name].readable(); err != nil {
			return nil, err
		}
	}
	r.Columns = slices.Clone(r.Columns)
	s := &Source{db: d, relation: r, key: columns[r.Key]}
	if err := s.key.lookedUp(); err != nil {
		return nil, err
	}
	if s.where, err = newFilter(r.Filter, columns); err != nil {
		return nil, err
	}
	if err := s.compile(ctx, columns); err != nil {
		return nil, fmt.Errorf("compile the relation %q: %w", r.Table, err)
	}
	return s, nil
}

// compile has the server prepare the statements. Each ends with how many rows it
// may return.
func (s *Source) compile(ctx context.Context, columns map[string]column) error {
	watched := append([]column{s.key}, s.where.columns...)
	cells := make([]column, len(s.relation.Columns))
	for i, name := range s.relation.Columns {
		cells[i] = columns[name]
	}
	s.lookup = newStatement(cells, watched, s.from()+s.where.and(s.key.equals())+" LIMIT ?")
	s.keys = compileKeys(s.key, watched, s.from(), s.where)
	for _, each := range []struct {
		*statement
		args []any
	}{
		{s.lookup, append(s.key.arguments(""), s.where.args...)},
		{s.keys.first, s.where.args},
		{s.keys.next, append([]any{s.key.argument("")}, s.where.args...)},
	} {
		if err := s.db.prepare(ctx, each.statement, each.args); err != nil {
			return err
		}
	}
	return nil
}

// from is what every statement reads from.
func (s *Source) from() string {
	return " FROM " + Quote(s.db.name) + "." + Quote(s.relation.Table)
}

// Lookup returns the one record that has exactly this key.
func (s *Source) Lookup(ctx context.Context, key string) (source.Record, error) {
	var records []source.Record
	args := append(s.key.arguments(key), s.where.args...)
	err := s.db.use(ctx, readTimeout, func(ctx context.Context) error {
		records = nil // of a first try
		return s.db.read(ctx, s.lookup, args, 2, func(texts []*string) error {
			record := make(source.Record, len(texts))
			for i, text := range texts {
				if text != nil {
					record[s.relation.Columns[i]] = *text
				}
			}
			records = append(records, record)
			return nil
		})
	})
	return relation.One(s.relation.Table, records, err)
}
