package mysql

import (
	"strings"

	"github.com/chancery-vc/chancery/issuer/source"
)

// filter is what leaves rows out, as SQL and its arguments.
type filter struct {
	sql     []string
	args    []any
	columns []column
}

func newFilter(conditions []source.Condition, columns map[string]column) (f filter, err error) {
	for _, each := range conditions {
		c := columns[each.Column]
		if err := c.readable(); err != nil {
			return filter{}, err
		}
		f.sql, f.columns = append(f.sql, c.among(len(each.Values))), append(f.columns, c)
		for _, value := range each.Values {
			f.args = append(f.args, c.argument(value))
		}
	}
	return f, nil
}

// and returns the SQL of another condition, if there is one, and the filter.
func (f filter) and(condition string) string {
	var all []string
	if condition != "" {
		all = append(all, condition)
	}
	if all = append(all, f.sql...); len(all) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(all, " AND ")
}
