package postgres

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/issuer/source/internal/relation"
)

var _ source.Source = (*Source)(nil)

// Source reads one relation of a database by statements that were fixed when it
// was made.
type Source struct {
	db       *DB
	relation source.Relation
	types    []uint32 // of the relation's columns, as compiled
	key      uint32   // type of the key
	filter   [][]byte // the values of the relation's filter
	lookup   statement
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
	r.Columns = slices.Clone(r.Columns)
	s := &Source{db: d, relation: r, filter: values(r.Filter)}
	s.compile(columns)
	if err := s.describe(ctx, columns); err != nil {
		return nil, err
	}
	for _, each := range []statement{s.lookup, s.keys.first, s.keys.next} {
		if err := d.prepare(ctx, each); err != nil {
			return nil, fmt.Errorf("compile the relation %q: %w", r.Table, err)
		}
	}
	return s, nil
}

// compile writes the statements. The lookup's first condition can use an index,
// with whatever collation the column has; the second leaves only what is the
// same byte for byte.
func (s *Source) compile(columns []column) {
	from := Quote(s.db.schema) + "." + Quote(s.relation.Table)
	key, binary := Quote(s.relation.Key), ""
	if find(columns, s.relation.Key).collated {
		binary = ` COLLATE "C"`
	}
	number := strconv.FormatUint(s.db.statements.Add(1), 10)
	s.lookup = statement{
		name: "lookup_" + number, check: s.check,
		sql: fmt.Sprintf("SELECT %s FROM %s WHERE %[3]s = $1 AND %[3]s = $1%[4]s%[5]s LIMIT 2",
			selectCells(s.relation.Columns), from, key, binary, conditions(s.relation.Filter, 2)),
	}
	s.keys = compileKeys(s.relation, from, binary, number)
}

// describe asks the server what the columns are, and refuses by name one that
// has no one exact text.
func (s *Source) describe(ctx context.Context, columns []column) error {
	enums, err := s.db.enums(ctx)
	if err != nil {
		return fmt.Errorf("read the types: %w", err)
	}
	asked := s.lookup
	asked.check = func(d *pgconn.StatementDescription) error {
		s.key, s.types = d.ParamOIDs[0], valueTypes(d)
		return nil
	}
	if err := s.db.prepare(ctx, asked); err != nil {
		return fmt.Errorf("compile the relation %q: %w", s.relation.Table, err)
	}
	for i, name := range s.relation.Columns {
		if !hasExactText(s.types[i], enums) {
			return noExactText(columns, name)
		}
	}
	if !slices.Contains([]uint32{oidText, oidVarchar, oidInt2, oidInt4, oidInt8, oidUUID}, s.key) {
		return fmt.Errorf("%w: the key column %q holds %s; it must be text, character varying, an integer or a uuid", source.ErrShape, s.relation.Key, typeOf(columns, s.relation.Key))
	}
	return s.describeFilter(ctx, columns, enums)
}

// valueTypes returns the types of the values of a lookup: every other field.
func valueTypes(d *pgconn.StatementDescription) []uint32 {
	var types []uint32
	for i := 0; i < len(d.Fields); i += 2 {
		types = append(types, d.Fields[i].DataTypeOID)
	}
	return types
}

// check refuses, on a later connection, a relation whose types are not what
// they were.
func (s *Source) check(d *pgconn.StatementDescription) error {
	types := valueTypes(d)
	if len(d.ParamOIDs) == 0 || d.ParamOIDs[0] != s.key || len(types) != len(s.types) {
		return s.changed(s.relation.Key)
	}
	for i, now := range types {
		if now != s.types[i] {
			return s.changed(s.relation.Columns[i])
		}
	}
	return nil
}

func (s *Source) changed(column string) error {
	return fmt.Errorf("%w: the type of column %q has changed: start again to read it as it is now", source.ErrShape, column)
}

// prepare has the server compile a statement without running it. No record is
// read, so the server's message can be shown.
func (d *DB) prepare(ctx context.Context, s statement) error {
	return d.use(ctx, readTimeout, func(ctx context.Context, c *conn) error {
		_, err := c.prepare(ctx, s)
		if sqlState(err) != "" && !c.stale(err) {
			return fmt.Errorf("%w: %w", readError(ctx, err), err)
		}
		return err
	})
}

// Lookup returns the one record that has exactly this key.
func (s *Source) Lookup(ctx context.Context, key string) (source.Record, error) {
	var records []source.Record
	q := query{before: []statement{begin}, statement: s.lookup, args: slices.Concat([][]byte{argument(s.key, key)}, s.filter)}
	err := s.db.use(ctx, readTimeout, func(ctx context.Context, c *conn) error {
		records = nil // of a first try
		return c.read(ctx, q, func(row [][]byte) error {
			if len(records) == 2 { // as many as were asked for
				return nil
			}
			record, err := s.record(row)
			records = append(records, record)
			return err
		})
	})
	return relation.One(s.relation.Table, records, err)
}

func (s *Source) record(row [][]byte) (source.Record, error) {
	record := make(source.Record, len(s.relation.Columns))
	for i, column := range s.relation.Columns {
		text, ok, err := readCell(column, s.types[i], row[2*i], row[2*i+1])
		if err != nil {
			return nil, err
		}
		if ok {
			record[column] = text
		}
	}
	return record, nil
}
