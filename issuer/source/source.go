// Package source is the issuer's read side: what a profile may read from the
// registry, and how one record of it comes back.
//
// A [Relation] names one table or view, the one column that records are looked
// up by, the rows that are there at all, and the columns that may be read. A driver compiles it once into a
// [Source], which can read that and nothing else; the drivers are the packages
// below this one, and package sourcetest holds what each of them must do.
//
// A value is text, exactly as the source holds it: no trimming, no case
// folding, no Unicode normalization. A blank (NULL in SQL) is absent from the
// [Record]; an empty string is a value and is present. A value whose type has
// no one exact text (a floating point number, a blob), text that is not UTF-8,
// and a value of more than [MaxValue] bytes are refused with [ErrShape].
//
// Errors are, or wrap, the four below, and name tables and columns but never a
// key or a value. Whether a record exists is for the issuer alone: [ErrNone]
// and [ErrMany] must not reach a caller as such.
package source

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"unicode/utf8"
)

// MaxValue is the most bytes that one value, or a key, may have.
const MaxValue = 64 << 10

// Caps on a filter.
const (
	MaxConditions = 16
	MaxOptions    = 256 // values of one condition
)

var (
	// ErrNone says that no record has the key.
	ErrNone = errors.New("no record has that key")
	// ErrMany says that more than one record has the key, so none is the answer.
	ErrMany = errors.New("more than one record has that key")
	// ErrUnavailable says that the source could not be reached or read, or not
	// in time; it then wraps the context's error too.
	ErrUnavailable = errors.New("source unavailable")
	// ErrShape says that the source does not have the relation or a column of
	// it, or that a value would not survive as text.
	ErrShape = errors.New("source not of the expected shape")
)

// Relation is what one profile may read: one relation, one lookup key, these
// columns and no others. Names are matched exactly, case included.
type Relation struct {
	Table   string   // table or view
	Key     string   // column that records are looked up by; it is returned only if Columns names it
	Columns []string // columns to return, at least one, each once
	Filter  []Condition
}

// Condition leaves of a relation the rows whose column holds one of Values,
// compared as keys are: byte for byte, an integer by its decimal text. A blank
// holds none. A row that a condition leaves out is not there: no key finds it,
// and it makes no other row one of many.
type Condition struct {
	Column string
	Values []string
}

// Validate refuses, with ErrShape, a relation that leaves something unnamed or
// names a column twice.
func (r Relation) Validate() error {
	switch {
	case r.Table == "":
		return fmt.Errorf("%w: no table is named", ErrShape)
	case r.Key == "":
		return fmt.Errorf("%w: no key column is named for %q", ErrShape, r.Table)
	case len(r.Columns) == 0:
		return fmt.Errorf("%w: no columns are named for %q", ErrShape, r.Table)
	}
	for i, column := range r.Columns {
		if slices.Contains(r.Columns[:i], column) {
			return fmt.Errorf("%w: column %q of %q is named twice", ErrShape, column, r.Table)
		}
	}
	return r.validateFilter()
}

func (r Relation) validateFilter() error {
	if len(r.Filter) > MaxConditions {
		return fmt.Errorf("%w: the filter of %q has more than %d conditions", ErrShape, r.Table, MaxConditions)
	}
	for _, c := range r.Filter {
		if c.Column == "" || len(c.Values) == 0 || len(c.Values) > MaxOptions {
			return fmt.Errorf("%w: a condition on %q names a column and 1 to %d values; that on %q does not", ErrShape, r.Table, MaxOptions, c.Column)
		}
		if slices.ContainsFunc(c.Values, func(v string) bool { return len(v) > MaxValue || !utf8.ValidString(v) }) {
			return fmt.Errorf("%w: a value of the condition on %q of %q is no text, or too long", ErrShape, c.Column, r.Table)
		}
	}
	return nil
}

// Record holds one row's values by column name as text, exactly as the source
// holds them; a blank (NULL) column is absent.
type Record map[string]string

// Source reads one Relation. It is safe for concurrent use.
type Source interface {
	// Lookup returns the one record that has exactly this key.
	Lookup(ctx context.Context, key string) (Record, error)
	// Keys yields every key once: integers ascending by number, then text
	// ascending by bytes. It holds a part of them in memory at a time and no
	// lock between two parts, so a record written meanwhile may be seen or
	// not. An error ends it. It is for the operator's own batch only.
	Keys(ctx context.Context) iter.Seq2[string, error]
}
