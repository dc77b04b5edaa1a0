package postgres

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/chancery-vc/chancery/issuer/source"
)

// The types that have one exact text, by the identifiers that the protocol has
// for them (pg_type.dat). Domains are described as what they are over.
const (
	oidBool    = 16
	oidInt8    = 20
	oidInt2    = 21
	oidInt4    = 23
	oidText    = 25
	oidVarchar = 1043
	oidUUID    = 2950
)

// exact has those of these types that need no more than to be in the list:
// json, date, time, timestamp, timestamp with time zone, numeric and jsonb.
var exact = map[uint32]bool{
	oidBool: true, oidInt8: true, oidInt2: true, oidInt4: true, oidText: true, oidVarchar: true, oidUUID: true,
	114: true, 1082: true, 1083: true, 1114: true, 1184: true, 1700: true, 3802: true,
}

// hasExactText tells whether a type, by its identifier, has one exact text.
func hasExactText(oid uint32, enums []string) bool {
	return exact[oid] || slices.Contains(enums, strconv.FormatUint(uint64(oid), 10))
}

func noExactText(columns []column, name string) error {
	return fmt.Errorf("%w: column %q holds %s, which has no exact text: have the registry or a view give it as text", source.ErrShape, name, typeOf(columns, name))
}

// selectCell is the SQL for the two parts of a cell: the value, which stays in
// the database if it is oversize, and whether it is.
func selectCell(column string) string {
	return fmt.Sprintf("CASE WHEN octet_length(%[1]s::text) <= %[2]d THEN %[1]s END, octet_length(%[1]s::text) > %[2]d",
		Quote(column), source.MaxValue)
}

func selectCells(columns []string) string {
	cells := make([]string, len(columns))
	for i, column := range columns {
		cells[i] = selectCell(column)
	}
	return strings.Join(cells, ", ")
}

// read returns the text of a cell; ok is false for a blank.
func readCell(column string, oid uint32, value, oversize []byte) (text string, ok bool, err error) {
	switch {
	case string(oversize) == "t":
		return "", false, fmt.Errorf("%w: column %q holds a value of more than %d bytes", source.ErrShape, column, source.MaxValue)
	case value == nil:
		return "", false, nil
	case !utf8.Valid(value):
		return "", false, fmt.Errorf("%w: column %q holds text that is not UTF-8", source.ErrShape, column)
	case oid == oidBool && string(value) == "t":
		return "true", true, nil
	case oid == oidBool:
		return "false", true, nil
	}
	return string(value), true, nil
}
