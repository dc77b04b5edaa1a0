package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/chancery-vc/chancery/issuer/source"
)

// conditions is the SQL, to stand after a condition, that leaves the rows of a
// filter; its values are parameters from $first on. A column is compared by the
// text that its value would be returned as, and by bytes.
func conditions(filter []source.Condition, first int) string {
	var b strings.Builder
	for _, c := range filter {
		marks := make([]string, len(c.Values))
		for i := range marks {
			marks[i] = fmt.Sprintf("$%d::text", first+i)
		}
		first += len(marks)
		fmt.Fprintf(&b, ` AND %s::text COLLATE "C" IN (%s)`, Quote(c.Column), strings.Join(marks, ", "))
	}
	return b.String()
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

// named returns each column that a statement on a relation names.
func named(r source.Relation) []string {
	columns := append([]string{r.Key}, r.Columns...)
	for _, c := range r.Filter {
		columns = append(columns, c.Column)
	}
	return columns
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
