// Package sourcetest is the contract of source.Source as a test. Each driver's
// own test calls Run with a way to put rows into a source of its kind.
package sourcetest

import (
	"testing"

	"github.com/chancery-vc/chancery/issuer/source"
)

// Table is what a driver's test puts into its source: rows of text, where nil
// is a blank. Column types are text; Key may repeat, and is to be indexed if
// the source can.
type Table struct {
	Name    string
	Columns []string
	Key     string
	Rows    [][]*string
}

// Open puts a table into a fresh source and returns how that source compiles a
// relation. It cleans up with t.Cleanup.
type Open func(t *testing.T, table Table) func(source.Relation) (source.Source, error)

// Run holds the driver behind open to the contract.
func Run(t *testing.T, open Open) {
	t.Run("Lookup", func(t *testing.T) { testLookup(t, open) })
	t.Run("ColumnsNamedOnly", func(t *testing.T) { testColumns(t, open) })
	t.Run("Text", func(t *testing.T) { testText(t, open) })
	t.Run("ExactKey", func(t *testing.T) { testExactKey(t, open) })
	t.Run("Filter", func(t *testing.T) { testFilter(t, open) })
	t.Run("FilterExact", func(t *testing.T) { testFilterExact(t, open) })
	t.Run("FilterKeys", func(t *testing.T) { testFilterKeys(t, open) })
	t.Run("FilterCompile", func(t *testing.T) { testFilterCompile(t, open) })
	t.Run("FilterNames", func(t *testing.T) { testFilterNames(t, open) })
	t.Run("Oversize", func(t *testing.T) { testOversize(t, open) })
	t.Run("Names", func(t *testing.T) { testNames(t, open) })
	t.Run("Compile", func(t *testing.T) { testCompile(t, open) })
	t.Run("Keys", func(t *testing.T) { testKeys(t, open) })
	t.Run("KeysBesideLookups", func(t *testing.T) { testKeysBesideLookups(t, open) })
	t.Run("Cancelled", func(t *testing.T) { testCancelled(t, open) })
	t.Run("Concurrent", func(t *testing.T) { testConcurrent(t, open) })
}

// text makes a row; a blank is written as nil.
func text(values ...any) []*string {
	row := make([]*string, len(values))
	for i, value := range values {
		if s, ok := value.(string); ok {
			row[i] = &s
		}
	}
	return row
}

func compile(t *testing.T, open Open, table Table, columns ...string) source.Source {
	t.Helper()
	s, err := open(t, table)(source.Relation{Table: table.Name, Key: table.Key, Columns: columns})
	if err != nil {
		t.Fatal(err)
	}
	return s
}
