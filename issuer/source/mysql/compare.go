package mysql

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/chancery-vc/chancery/issuer/source"
)

// uuidText is a UUID as MariaDB prints it.
var uuidText = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)

// equals is the SQL that is true where a column holds just a key. Of text, the
// first part can use an index, with whatever character set and collation the
// column has; the second leaves only what is the same byte for byte. It takes
// arguments(key).
func (c column) equals() string {
	if !c.text() {
		return Quote(c.name) + " = ?"
	}
	return fmt.Sprintf("%s = %s AND %s = CAST(? AS BINARY)", Quote(c.name), c.same(), c.bytes())
}

// same is the SQL for a parameter as text of the column's own kind.
func (c column) same() string {
	return fmt.Sprintf("CONVERT(? USING %s) COLLATE %s", c.charset, c.collation)
}

// after is the SQL that is true where a column comes after a key.
func (c column) after() string {
	switch {
	case !c.text() && c.integer():
		return c.ordered() + " > ?"
	case c.ordered() == Quote(c.name):
		return c.ordered() + " > " + c.same()
	}
	return c.ordered() + " > CAST(? AS BINARY)"
}

// arguments are what equals needs for a key.
func (c column) arguments(key string) []any {
	arg := c.argument(key)
	if c.text() {
		return []any{arg, arg}
	}
	return []any{arg}
}

// argument returns the parameter for a key: a number for a number, so that the
// server converts nothing. One that no record can have is NULL, which no record
// has either: it is looked up all the same, so that it takes as long.
func (c column) argument(key string) any {
	switch {
	case c.integer():
		return c.number(key)
	case c.dataType == "uuid" && !uuidText.MatchString(key), len(key) > source.MaxValue, !utf8.ValidString(key):
		return nil
	}
	return key
}

func (c column) number(key string) any {
	least, greatest := c.bounds()
	if n, err := strconv.ParseInt(key, 10, 64); err == nil && n < 0 {
		if n < least || strconv.FormatInt(n, 10) != key {
			return nil
		}
		return n
	}
	n, err := strconv.ParseUint(key, 10, 64)
	if err != nil || n > greatest || strconv.FormatUint(n, 10) != key {
		return nil
	}
	return n
}

// among is the SQL that is true where a column holds one of n values: a number
// by its number, anything else by its text.
func (c column) among(n int) string {
	if c.integer() || c.dataType == "uuid" {
		return fmt.Sprintf("%s IN (?%s)", Quote(c.name), strings.Repeat(", ?", n-1))
	}
	return fmt.Sprintf("%s IN (CAST(? AS BINARY)%s)", c.bytes(), strings.Repeat(", CAST(? AS BINARY)", n-1))
}
