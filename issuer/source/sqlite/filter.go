package sqlite

import (
	"fmt"
	"strings"

	"github.com/chancery-vc/chancery/issuer/source"
)

// conditions is the SQL, to stand after a condition, that leaves the rows of a
// filter; its values are parameters from ?first on. What || makes is text, of no
// affinity and compared by bytes; that of a blob would be too, but for typeof.
func conditions(filter []source.Condition, first int) string {
	var b strings.Builder
	for _, c := range filter {
		marks := make([]string, len(c.Values))
		for i := range marks {
			marks[i] = fmt.Sprintf("?%d", first+i)
		}
		first += len(marks)
		fmt.Fprintf(&b, " AND typeof(%[1]s) IN ('text', 'integer') AND %[1]s || '' IN (%s)", Quote(c.Column), strings.Join(marks, ", "))
	}
	return b.String()
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

// named returns each column that a statement on a relation names.
func named(r source.Relation) []string {
	columns := append([]string{r.Key}, r.Columns...)
	for _, c := range r.Filter {
		columns = append(columns, c.Column)
	}
	return columns
}
