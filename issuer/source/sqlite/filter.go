package sqlite

import (
	"fmt"

	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/issuer/source/internal/relation"
)

// conditions is the SQL of a filter, whose values are parameters from ?first on.
// What || makes is text, of no affinity and compared by bytes; that of a blob
// would be too, but for typeof.
func conditions(filter []source.Condition, first int) string {
	return relation.Conditions(filter, first,
		func(number int) string { return fmt.Sprintf("?%d", number) },
		func(column string) string {
			return fmt.Sprintf("typeof(%[1]s) IN ('text', 'integer') AND %[1]s || ''", Quote(column))
		})
}

// values are the parameters of conditions.
func values(filter []source.Condition) []any {
	var all []any
	for _, c := range filter {
		for _, value := range c.Values {
			all = append(all, value)
		}
	}
	return all
}
