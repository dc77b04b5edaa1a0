package servertest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/issuer/source/sourcetest"
)

// Insert is the SQL, after that which makes a table of the contract's, that puts
// its rows there. The name is as SQL, as text makes a value.
func Insert(table sourcetest.Table, name string, text func(string) string) string {
	var b strings.Builder
	for i, row := range table.Rows {
		if i%500 == 0 {
			fmt.Fprintf(&b, "; INSERT INTO %s VALUES ", name)
		} else {
			b.WriteString(", ")
		}
		values := make([]string, len(row))
		for j, value := range row {
			values[j] = "NULL"
			if value != nil {
				values[j] = text(*value)
			}
		}
		fmt.Fprintf(&b, "(%s)", strings.Join(values, ", "))
	}
	return b.String()
}

// Keys returns all keys of a source.
func Keys(t *testing.T, s source.Source) []string {
	t.Helper()
	var keys []string
	for key, err := range s.Keys(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key)
	}
	return keys
}
