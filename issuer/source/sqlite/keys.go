package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"iter"
	"math"
	"slices"

	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/issuer/source/internal/relation"
)

// keysPage is how many keys are read at a time. Between two pages nothing is
// held open, so that a batch that takes hours blocks no writer.
const keysPage = 1024

// keysStatements are the statements of Keys: the storage classes there are,
// and a page of the keys of either class, beginning with ?1, after which come
// the values of the filter.
type keysStatements struct {
	classes, integers, text string
}

func compileKeys(r source.Relation) keysStatements {
	key, table := Quote(r.Key), Quote(r.Table)
	page := func(class, from string) string {
		return fmt.Sprintf("SELECT %[1]s FROM main.%[2]s WHERE typeof(%[3]s) = '%[4]s' AND %[3]s >= %[5]s COLLATE BINARY%[7]s "+
			"GROUP BY %[3]s COLLATE BINARY ORDER BY %[3]s COLLATE BINARY LIMIT %[6]d",
			selectCell(r.Key), table, key, class, from, keysPage+1, conditions(r.Filter, 2))
	}
	return keysStatements{
		classes: fmt.Sprintf("SELECT DISTINCT typeof(%s) FROM main.%s WHERE 1%s", key, table, conditions(r.Filter, 1)),
		// A column without affinity would compare the integers with ?1 as text,
		// but for the CAST, and leave them out.
		integers: page("integer", "CAST(?1 AS INTEGER)"),
		text:     page("text", "?1"),
	}
}

// Keys yields every key once, in order. A record without a key that could be
// yielded ends it before the first one.
func (s *Source) Keys(ctx context.Context) iter.Seq2[string, error] {
	return relation.Keys(s.relation.Table, func(yield func(string) bool) error { return s.walk(ctx, yield) })
}

func (s *Source) walk(ctx context.Context, yield func(string) bool) error {
	classes, err := s.db.names(ctx, s.keys.classes, s.filter...)
	if err != nil {
		return err
	}
	for _, class := range classes {
		if err := (cell{kind: class}).check(s.relation.Key); err != nil {
			return err
		}
	}
	if slices.Contains(classes, "null") {
		return fmt.Errorf("%w: a record has no key in column %q", source.ErrShape, s.relation.Key)
	}
	if slices.Contains(classes, "integer") {
		more, err := s.pages(ctx, s.keys.integers, fmt.Sprint(math.MinInt64), yield)
		if err != nil || !more {
			return err
		}
	}
	if slices.Contains(classes, "text") {
		_, err = s.pages(ctx, s.keys.text, "", yield)
	}
	return err
}

// pages yields the keys of one class, from the first one on, and reports
// whether more are wanted.
func (s *Source) pages(ctx context.Context, statement, from string, yield func(string) bool) (bool, error) {
	for first := true; ; first = false {
		page, err := s.page(ctx, statement, from)
		if err != nil {
			return false, err
		}
		fresh := page
		if !first && len(page) > 0 && page[0] == from {
			fresh = page[1:]
		}
		for _, key := range fresh {
			if !yield(key) {
				return false, nil
			}
		}
		if len(page) <= keysPage {
			return true, nil
		}
		from = page[len(page)-1]
	}
}

func (s *Source) page(ctx context.Context, statement, from string) ([]string, error) {
	var page []string
	err := s.db.query(ctx, statement, slices.Concat([]any{from}, s.filter), func(rows *sql.Rows) error {
		var key cell
		if err := rows.Scan(&key.kind, &key.text); err != nil {
			return fmt.Errorf("%w: %w", source.ErrShape, err)
		}
		page = append(page, key.text.String)
		return key.check(s.relation.Key)
	})
	return page, err
}
