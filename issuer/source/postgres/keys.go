package postgres

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/issuer/source/internal/relation"
)

// keysPage is how many keys are read at a time. Between two pages nothing is
// held open, so that a batch that takes hours holds up nobody. Where no index
// fits, each page reads the whole relation.
const keysPage = 2048

// keysStatements are a page of keys from the beginning, where a record without
// a key comes first, and one after $1. The values of the filter are parameters
// from the first one on that is left.
type keysStatements struct {
	first, next statement
}

func compileKeys(r source.Relation, from, binary, number string) keysStatements {
	page := func(name, where, order string) statement {
		return statement{name: name + "_" + number, sql: fmt.Sprintf("SELECT %s FROM %s%s ORDER BY %s%s%s LIMIT %d",
			selectCell(r.Key), from, where, Quote(r.Key), binary, order, keysPage)}
	}
	return keysStatements{
		first: page("first", " WHERE true"+conditions(r.Filter, 1), " NULLS FIRST"),
		next:  page("next", fmt.Sprintf(" WHERE %s%s > $1%s", Quote(r.Key), binary, conditions(r.Filter, 2)), ""),
	}
}

// Keys yields every key once, in order. A record without a key ends it before
// the first one.
func (s *Source) Keys(ctx context.Context) iter.Seq2[string, error] {
	next := func(last *string) ([]string, error) {
		if last == nil {
			return s.page(ctx, query{statement: s.keys.first, args: s.filter})
		}
		return s.page(ctx, query{statement: s.keys.next, args: slices.Concat([][]byte{[]byte(*last)}, s.filter)})
	}
	return relation.Keys(s.relation.Table, func(yield func(string) bool) error { return relation.Walk(keysPage, next, yield) })
}

func (s *Source) page(ctx context.Context, q query) (page []string, err error) {
	q.before = []statement{beginSnapshot, takeTime}
	err = s.db.use(ctx, pageTimeout, func(ctx context.Context, c *conn) error {
		page = nil // of a first try
		return c.read(ctx, q, func(row [][]byte) error {
			key, ok, err := readCell(s.relation.Key, s.key, row[0], row[1])
			if err == nil && !ok {
				err = fmt.Errorf("%w: a record has no key in column %q", source.ErrShape, s.relation.Key)
			}
			page = append(page, key)
			return err
		})
	})
	return page, err
}
