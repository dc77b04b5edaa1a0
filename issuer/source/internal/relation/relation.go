// Package relation has what the drivers of databases do alike with a relation,
// whose names, order and errors are those of package source.
package relation

import (
	"fmt"
	"iter"
	"strings"

	"github.com/chancery-vc/chancery/issuer/source"
)

// Columns returns each column that a statement on r names.
func Columns(r source.Relation) []string {
	columns := append([]string{r.Key}, r.Columns...)
	for _, c := range r.Filter {
		columns = append(columns, c.Column)
	}
	return columns
}

// Conditions is the SQL, to stand after a condition, that leaves the rows of a
// filter. Its values are parameters from first on, which mark writes by number,
// and are compared with what text makes of a column.
func Conditions(filter []source.Condition, first int, mark func(number int) string, text func(column string) string) string {
	var b strings.Builder
	for _, c := range filter {
		marks := make([]string, len(c.Values))
		for i := range marks {
			marks[i] = mark(first + i)
		}
		first += len(marks)
		fmt.Fprintf(&b, " AND %s IN (%s)", text(c.Column), strings.Join(marks, ", "))
	}
	return b.String()
}

// List is names for a person to read.
func List(names []string) string {
	if len(names) == 0 {
		return "nothing"
	}
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = fmt.Sprintf("%q", name)
	}
	return strings.Join(quoted, ", ")
}

// One returns the one record of those that were found in a table, if err is nil.
func One(table string, records []source.Record, err error) (source.Record, error) {
	switch {
	case err != nil:
	case len(records) == 0:
		err = source.ErrNone
	case len(records) > 1:
		err = source.ErrMany
	default:
		return records[0], nil
	}
	return nil, fmt.Errorf("look up in %q: %w", table, err)
}

// Keys yields the keys of a table that walk does, then its error. What walk
// yields to tells whether more are wanted.
func Keys(table string, walk func(yield func(key string) bool) error) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		err := walk(func(key string) bool { return yield(key, nil) })
		if err != nil {
			yield("", fmt.Errorf("list the keys of %q: %w", table, err))
		}
	}
}

// Walk yields every key once of pages of size, in order: next returns a page of
// what comes after a key, or the first one for nil.
func Walk(size int, next func(last *string) ([]string, error), yield func(key string) bool) error {
	var last *string
	for {
		page, err := next(last)
		if err != nil {
			return err
		}
		for i, key := range page {
			if i > 0 && page[i-1] == key {
				continue // more than one record has it
			}
			if !yield(key) {
				return nil
			}
		}
		if len(page) < size {
			return nil
		}
		last = &page[len(page)-1]
	}
}
