package mysql

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
// a key comes first, and one after a key.
type keysStatements struct {
	first, next *statement
}

func compileKeys(key column, watched []column, from string, where filter) keysStatements {
	page := func(condition string) *statement {
		s := newStatement([]column{key}, watched, from+where.and(condition)+" ORDER BY "+key.ordered()+" LIMIT ?")
		s.slow = true
		return s
	}
	return keysStatements{first: page(""), next: page(key.after())}
}

// Keys yields every key once, in order. A record without a key ends it before
// the first one.
func (s *Source) Keys(ctx context.Context) iter.Seq2[string, error] {
	next := func(last *string) ([]string, error) {
		if last == nil {
			return s.page(ctx, s.keys.first, s.where.args)
		}
		return s.page(ctx, s.keys.next, append([]any{s.key.argument(*last)}, s.where.args...))
	}
	return relation.Keys(s.relation.Table, func(yield func(string) bool) error { return relation.Walk(keysPage, next, yield) })
}

func (s *Source) page(ctx context.Context, statement *statement, args []any) (page []string, err error) {
	err = s.db.use(ctx, pageTimeout, func(ctx context.Context) error {
		page = slices.Grow(page[:0], keysPage) // of a first try
		return s.db.read(ctx, statement, args, keysPage, func(texts []*string) error {
			if texts[0] == nil {
				return fmt.Errorf("%w: a record has no key in column %q", source.ErrShape, s.relation.Key)
			}
			page = append(page, *texts[0])
			return nil
		})
	})
	return page, err
}
