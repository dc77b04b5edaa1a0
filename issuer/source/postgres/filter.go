package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/issuer/source/internal/relation"
)

// conditions is the SQL of a filter, whose values are parameters from $first on.
// A column is compared by the text that its value would be returned as, and by
// bytes.
func conditions(filter []source.Condition, first int) string {
	return relation.Conditions(filter, first,
		func(number int) string { return fmt.Sprintf("$%d::text", number) },
		func(column string) string { return Quote(column) + `::text COLLATE "C"` })
}

// values are the parameters of conditions; NULL is one that no text is.
func values(filter []source.Condition) [][]byte {
	var all [][]byte
	for _, c := range filter {
		for _, value := range c.Values {
			all = append(all, argument(oidText, value))
		}
	}
	return all
}

// describeFilter asks the server what the columns of the filter are, by a
// statement that is never run, and refuses by name one that has no one exact
// text.
func (s *Source) describeFilter(ctx context.Context, columns []column, enums []string) error {
	filter := s.relation.Filter
	if len(filter) == 0 {
		return nil
	}
	names := make([]string, len(filter))
	for i, c := range filter {
		names[i] = Quote(c.Column)
	}
	asked := statement{
		name: "filter_of_" + s.lookup.name,
		sql:  fmt.Sprintf("SELECT %s FROM %s.%s", strings.Join(names, ", "), Quote(s.db.schema), Quote(s.relation.Table)),
	}
	asked.check = func(d *pgconn.StatementDescription) error {
		for i, field := range d.Fields {
			if !hasExactText(field.DataTypeOID, enums) {
				return noExactText(columns, filter[i].Column)
			}
		}
		return nil
	}
	if err := s.db.prepare(ctx, asked); err != nil {
		return fmt.Errorf("compile the filter of %q: %w", s.relation.Table, err)
	}
	return nil
}
