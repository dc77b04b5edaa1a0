package claims

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/source"
)

// maxInteger is the largest integer that every JSON implementation keeps.
const maxInteger = 1<<53 - 1

// field is a column and how to read it.
type field struct {
	column, as, separator string
}

func newField(f config.Field) (field, error) {
	read := field{f.Column, f.As, f.Separator}
	switch Kind(f.As) {
	case Text, Integer, Date:
		return read, nil
	case List:
		if f.Separator != "" {
			return read, nil
		}
		return read, fmt.Errorf("%w: column %s: a list needs a separator", config.ErrInvalid, f.Column)
	default:
		return read, fmt.Errorf("%w: column %s: as %q is none of text, integer, date, list", config.ErrInvalid, f.Column, f.As)
	}
}

// of returns the value that record has for f. A blank is refused.
func (f field) of(record source.Record) (Value, error) {
	text, ok := record[f.column]
	if !ok {
		return Value{}, fmt.Errorf("%w: column %s is blank", ErrValue, f.column)
	}
	return f.read(text)
}

func (f field) read(text string) (Value, error) {
	switch Kind(f.as) {
	case Integer:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n > maxInteger || n < -maxInteger || strconv.FormatInt(n, 10) != text {
			return Value{}, fmt.Errorf("%w: column %s is not an integer", ErrValue, f.column)
		}
		return Value{n}, nil
	case Date:
		d, err := parseDay(text)
		if err != nil {
			return Value{}, fmt.Errorf("%w: column %s is not a date as YYYY-MM-DD", ErrValue, f.column)
		}
		return Value{d}, nil
	case List:
		return f.list(text)
	default:
		return Value{text}, nil
	}
}

func (f field) list(text string) (Value, error) {
	items := strings.Split(text, f.separator)
	if !distinct(items) {
		return Value{}, fmt.Errorf("%w: column %s is not a list of different items", ErrValue, f.column)
	}
	return Value{items}, nil
}

// distinct tells whether a set of values in a credential can say items: none
// is blank, and none is there twice.
func distinct(items []string) bool {
	seen := map[string]bool{}
	for _, item := range items {
		if item == "" || seen[item] {
			return false
		}
		seen[item] = true
	}
	return true
}
