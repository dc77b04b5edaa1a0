package mysql

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/chancery-vc/chancery/issuer/source"
)

// statement is one that connections prepare when they first run it. Its last
// parameter is how many rows it may return.
type statement struct {
	query    string
	columns  []string // whose cells it selects, and then those whose types it selects
	cells    int      // how many of them are of the first kind
	slow     bool     // it may take as long as a page of keys may
	prepared *sql.Stmt
	kinds    []kind // of the columns, as compiled
}

func newStatement(cells, watched []column, from string) *statement {
	s := &statement{cells: len(cells)}
	var selected []string
	for _, c := range cells {
		s.columns, selected = append(s.columns, c.name), append(selected, c.cell())
	}
	for _, c := range watched {
		s.columns, selected = append(s.columns, c.name), append(selected, c.typed())
	}
	s.query = "SELECT " + strings.Join(selected, ", ") + from
	return s
}

// prepare has the server compile a statement, and say what the types are. No
// record is read, so the server's message can be shown.
func (d *DB) prepare(ctx context.Context, s *statement, args []any) error {
	return d.use(ctx, readTimeout, func(ctx context.Context) (err error) {
		if s.prepared, err = d.sql.PrepareContext(ctx, s.query); err == nil {
			err = d.read(ctx, s, args, 0, nil)
		}
		if number(err) != 0 && !stale(err) {
			return fmt.Errorf("%w: %w", readError(ctx, err), err)
		}
		return err
	})
}

// read runs a statement in a transaction of its own, and hands on its rows, limit
// at most, as texts; nil is a blank.
func (d *DB) read(ctx context.Context, s *statement, args []any, limit int, row func([]*string) error) error {
	tx, err := d.sql.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	if s.slow {
		err = allow(ctx, tx, pageTimeout)
	}
	if err == nil {
		err = s.rows(ctx, tx, append(args[:len(args):len(args)], limit), limit, row)
	}
	if s.slow && err == nil {
		err = allow(ctx, tx, statementTimeout)
	}
	if err != nil {
		_ = tx.Rollback() // or the connection is gone
		return err
	}
	return tx.Commit()
}

func (s *statement) rows(ctx context.Context, tx *sql.Tx, args []any, limit int, row func([]*string) error) error {
	rows, err := tx.StmtContext(ctx, s.prepared).QueryContext(ctx, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	if err := s.check(rows); err != nil {
		return err
	}
	found := s.newRow()
	for n := 0; rows.Next(); n++ {
		if n == limit {
			return fmt.Errorf("%w: the server answers with more rows than were asked for", source.ErrShape)
		}
		if err := rows.Scan(found.into...); err != nil {
			return err
		}
		texts, err := s.texts(found)
		if err == nil {
			err = row(texts)
		}
		if err != nil {
			return err
		}
	}
	return rows.Err()
}

// row is where the cells of one are read into.
type row struct {
	values []any
	states []int64
	into   []any
}

func (s *statement) newRow() row {
	r := row{values: make([]any, s.cells), states: make([]int64, s.cells)}
	for i := range r.values {
		r.into = append(r.into, &r.values[i], &r.states[i])
	}
	for range s.columns[s.cells:] {
		r.into = append(r.into, new(any))
	}
	return r
}

func (s *statement) texts(r row) ([]*string, error) {
	texts := make([]*string, s.cells)
	for i, value := range r.values {
		text, ok, err := s.kinds[i].text(s.columns[i], value, r.states[i])
		if err != nil {
			return nil, err
		}
		if ok {
			texts[i] = &text
		}
	}
	return texts, nil
}

// check keeps the types of the first result, which is when the statement is
// prepared, and refuses a later one whose types are not what they were.
func (s *statement) check(rows *sql.Rows) error {
	now, err := kinds(rows, s.cells)
	if err != nil {
		return err
	}
	if len(now) != len(s.columns) {
		return fmt.Errorf("%w: the server answers with more columns than were asked for", source.ErrShape)
	}
	if s.kinds == nil {
		s.kinds = now
	}
	for i, k := range now {
		switch {
		case k.digits > maxDigits:
			return fmt.Errorf("%w: column %q holds a time of no certain precision, which has no exact text", source.ErrShape, s.columns[i])
		case k != s.kinds[i]:
			return fmt.Errorf("%w: the type of column %q has changed: start again to read it as it is now", source.ErrShape, s.columns[i])
		}
	}
	return nil
}
