package sqlite

import (
	"database/sql"
	"fmt"
	"unicode/utf8"

	"github.com/chancery-vc/chancery/issuer/source"
)

// cell is one value as the statements select it: its storage class, or
// "oversize", and its text, which stays in the database if it is oversize.
type cell struct {
	kind string
	text sql.NullString
}

// selectCell is the SQL for the two parts of a cell. The value being that of an
// expression also keeps the driver from reformatting text in a column declared
// as DATE.
func selectCell(column string) string {
	return fmt.Sprintf("CASE WHEN octet_length(%[1]s) > %[2]d THEN 'oversize' ELSE typeof(%[1]s) END, "+
		"CASE WHEN octet_length(%[1]s) <= %[2]d THEN %[1]s END", Quote(column), source.MaxValue)
}

// check refuses a cell whose text is not exactly its value.
func (c cell) check(column string) error {
	switch {
	case c.kind == "oversize":
		return fmt.Errorf("%w: column %q holds a value of more than %d bytes", source.ErrShape, column, source.MaxValue)
	case c.kind == "real" || c.kind == "blob":
		return fmt.Errorf("%w: column %q holds a %s, which has no exact text: have the registry or a view give it as text",
			source.ErrShape, column, c.kind)
	case !utf8.ValidString(c.text.String):
		return fmt.Errorf("%w: column %q holds text that is not UTF-8", source.ErrShape, column)
	}
	return nil
}
