package mysql

import (
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/chancery-vc/chancery/issuer/source"
)

// What is the matter with a cell's text.
const (
	cellOversize = 1
	cellInexact  = 2
)

// cell is the SQL for the two parts of a cell: the value, which stays in the
// database if something is the matter, and what is.
func (c column) cell() string {
	if !c.text() && c.dataType != "json" { // it is short
		return Quote(c.name) + ", 0"
	}
	state := fmt.Sprintf("WHEN OCTET_LENGTH(CONVERT(%s USING utf8mb4)) > %d THEN %d", Quote(c.name), source.MaxValue, cellOversize)
	if c.text() && c.charset != "utf8mb4" {
		state += fmt.Sprintf(" WHEN CAST(CONVERT(CONVERT(%[1]s USING utf8mb4) USING %[2]s) AS BINARY) <> CAST(%[1]s AS BINARY) THEN %[3]d", Quote(c.name), c.charset, cellInexact)
	}
	return fmt.Sprintf("CASE CASE %[1]s ELSE 0 END WHEN 0 THEN %[2]s END, CASE %[1]s ELSE 0 END", state, Quote(c.name))
}

// typed is the SQL for a blank of a column's type, by which it is seen whether
// that has changed.
func (c column) typed() string { return fmt.Sprintf("CASE WHEN 1 = 0 THEN %s END", Quote(c.name)) }

// maxDigits is how many digits there can be behind a second.
const maxDigits = 6

// kind is a type as a result has it.
type kind struct {
	name   string
	digits int64 // behind the second, for a time
}

const kindTimestamp, kindYear, kindDate, kindDatetime, kindTime = "TIMESTAMP", "YEAR", "DATE", "DATETIME", "TIME"

// kinds returns the types of a result, but for those that say what is the
// matter with a cell, which are every other one of the first 2n.
func kinds(rows *sql.Rows, n int) ([]kind, error) {
	types, err := rows.ColumnTypes()
	if err != nil {
		return nil, err
	}
	all := make([]kind, 0, len(types)-n)
	for i, each := range types {
		if i < 2*n && i%2 == 1 {
			continue
		}
		k := kind{name: each.DatabaseTypeName()}
		if k.name == kindTime || k.name == kindDatetime || k.name == kindTimestamp {
			_, k.digits, _ = each.DecimalSize()
		}
		all = append(all, k)
	}
	return all, nil
}

// text returns the text of a cell; ok is false for a blank.
func (k kind) text(column string, value any, state int64) (text string, ok bool, err error) {
	switch {
	case state == cellOversize:
		return "", false, fmt.Errorf("%w: column %q holds a value of more than %d bytes", source.ErrShape, column, source.MaxValue)
	case state == cellInexact:
		return "", false, fmt.Errorf("%w: column %q holds text that does not survive as UTF-8", source.ErrShape, column)
	}
	switch value := value.(type) {
	case nil:
		return "", false, nil
	case int64:
		text = strconv.FormatInt(value, 10)
	case []byte:
		text = string(value)
	default:
		return "", false, fmt.Errorf("%w: column %q holds what is no text", source.ErrShape, column)
	}
	if !utf8.ValidString(text) {
		return "", false, fmt.Errorf("%w: column %q holds text that is not UTF-8", source.ErrShape, column)
	}
	return k.print(column, text)
}

// print gives a date or an instant the text that it has.
func (k kind) print(column, text string) (string, bool, error) {
	zero := false
	switch k.name {
	case kindYear:
		zero = text == "0"
	case kindDate, kindDatetime, kindTimestamp:
		zero = strings.HasPrefix(text, "0000-") || text[5:7] == "00" || text[8:10] == "00"
	}
	switch {
	case zero:
		return "", false, fmt.Errorf("%w: column %q holds a date that is none, such as 0000-00-00: have the registry or a view give a blank for it", source.ErrShape, column)
	case k.name == kindTimestamp:
		return text + "+00", true, nil
	}
	return text, true, nil
}
