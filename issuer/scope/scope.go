// Package scope says what may be read of a source, and keeps what was proven
// about the account that reads it.
//
// A [Scope] is compiled from the relations of all profiles that draw on one
// source: each relation with its lookup keys and columns. It knows no driver. A
// driver that can look an account's rights up proves the scope against the
// source itself: that the account cannot change anything, and can read nothing
// beyond the scope. What it could do too much is in the [Proof] as findings,
// with the statements that mend them; [Proof.Err] makes an error of them that
// is, or wraps, [ErrWide] or [ErrNarrow].
//
// Names are of relations, columns and roles; a proof holds no value of a
// record and no secret.
package scope

import (
	"maps"
	"slices"

	"github.com/chancery-vc/chancery/issuer/source"
)

// Scope is what may be read of one source.
type Scope struct {
	Source    string // its name in the configuration
	Relations []Relation
}

// Relation is what may be read of one table or view.
type Relation struct {
	Table   string
	Keys    []string // columns that records are looked up by
	Columns []string // all columns that a statement may name, for keys and filters too, sorted
}

// Compile puts together what the relations of a source's profiles need.
func Compile(name string, relations ...source.Relation) Scope {
	keys, columns := map[string]map[string]bool{}, map[string]map[string]bool{}
	for _, r := range relations {
		if keys[r.Table] == nil {
			keys[r.Table], columns[r.Table] = map[string]bool{}, map[string]bool{}
		}
		keys[r.Table][r.Key] = true
		for _, column := range append([]string{r.Key}, r.Columns...) {
			columns[r.Table][column] = true
		}
		for _, condition := range r.Filter {
			columns[r.Table][condition.Column] = true
		}
	}
	s := Scope{Source: name}
	for _, table := range slices.Sorted(maps.Keys(keys)) {
		s.Relations = append(s.Relations, Relation{
			Table: table, Keys: slices.Sorted(maps.Keys(keys[table])), Columns: slices.Sorted(maps.Keys(columns[table])),
		})
	}
	return s
}

// Has tells whether a column of a table is in the scope.
func (s Scope) Has(table, column string) bool {
	return slices.ContainsFunc(s.Relations, func(r Relation) bool {
		return r.Table == table && slices.Contains(r.Columns, column)
	})
}
