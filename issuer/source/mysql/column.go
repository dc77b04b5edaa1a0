package mysql

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/issuer/source"
)

// column is one as the information schema has it.
type column struct {
	name       string
	dataType   string // such as int
	columnType string // such as int(10) unsigned
	charset    string // empty unless it holds text
	collation  string
}

// integerBits has the sizes of the integer types.
var integerBits = map[string]int{"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "bigint": 64}

// exact has the types beside text and integers that have one exact text.
var exact = []string{"decimal", "date", "datetime", "timestamp", "time", "year", "uuid", "json"}

// charsets has those of which each text has one encoding, so that a text which
// is converted into one of them is found by it.
var charsets = []string{"utf8mb4", "utf8mb3", "utf8", "latin1", "ascii"}

// byteOrder has the collations that order as the bytes of UTF-8 do.
var byteOrder = []string{"utf8mb4_nopad_bin", "utf8mb3_nopad_bin", "utf8_nopad_bin", "ascii_nopad_bin", "utf8mb4_0900_bin"}

func (c column) integer() bool { return integerBits[c.dataType] > 0 }

func (c column) unsigned() bool { return strings.Contains(c.columnType, "unsigned") }

// text tells whether its values are held as text.
func (c column) text() bool { return c.charset != "" }

// readable refuses a column that has no one exact text.
func (c column) readable() error {
	if strings.Contains(c.columnType, "zerofill") || !c.text() && !c.integer() && !slices.Contains(exact, c.dataType) {
		return fmt.Errorf("%w: column %q holds %s, which has no exact text: have the registry or a view give it as text", source.ErrShape, c.name, c.columnType)
	}
	return nil
}

// lookedUp refuses a column that records cannot be looked up by exactly.
func (c column) lookedUp() error {
	plain := c.dataType == "char" || strings.HasSuffix(c.dataType, "varchar") || strings.HasSuffix(c.dataType, "text")
	if c.readable() == nil && (c.integer() || c.dataType == "uuid" || plain && slices.Contains(charsets, c.charset)) {
		return nil
	}
	of := c.columnType
	if c.text() {
		of += " in " + c.charset
	}
	return fmt.Errorf("%w: the key column %q holds %s; it must be an integer, a UUID, or text in %s", source.ErrShape, c.name, of, strings.Join(charsets, ", "))
}

// bounds returns the least and the greatest number of an integer type.
func (c column) bounds() (least int64, greatest uint64) {
	bits := integerBits[c.dataType]
	if c.unsigned() {
		return 0, math.MaxUint64 >> (64 - bits)
	}
	return -1 << (bits - 1), 1<<(bits-1) - 1
}

// bytes is the SQL for the bytes of a value's text in UTF-8.
func (c column) bytes() string {
	if c.dataType == "timestamp" {
		return fmt.Sprintf("CAST(CONCAT(%s, '+00') AS BINARY)", Quote(c.name))
	}
	return fmt.Sprintf("CAST(CONVERT(%s USING utf8mb4) AS BINARY)", Quote(c.name))
}

// ordered is the SQL for what keys are put in order by.
func (c column) ordered() string {
	if c.integer() || slices.Contains(byteOrder, c.collation) {
		return Quote(c.name)
	}
	return c.bytes()
}
