package csvimport

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

var byteOrderMark = []byte("\ufeff")

// records reads the records of a CSV and checks all that can be said of one
// without knowing the others.
type records struct {
	in     *guard
	csv    *csv.Reader
	header []string
}

func newRecords(r io.Reader) (*records, error) {
	in := bufio.NewReader(r)
	if start, _ := in.Peek(len(byteOrderMark)); bytes.Equal(start, byteOrderMark) {
		in.Discard(len(byteOrderMark))
	}
	c := &records{in: &guard{in: in, line: 1, start: 1}}
	c.csv = csv.NewReader(c.in)
	c.csv.ReuseRecord = true
	c.csv.FieldsPerRecord = -1 // counted below, with a better error
	header, line, err := c.read()
	if err == io.EOF {
		return nil, &LineError{1, errors.New("the file is empty: its first line must name the columns")}
	}
	if err != nil {
		return nil, err
	}
	c.header = append(c.header, header...)
	if err := checkHeader(c.header); err != nil {
		return nil, &LineError{line, err}
	}
	return c, nil
}

// next returns a record and the line that it starts on, or io.EOF. The slice is
// good until the next call.
func (c *records) next() ([]string, int, error) {
	record, line, err := c.read()
	if err != nil {
		return nil, 0, err
	}
	if len(record) != len(c.header) {
		return nil, 0, &LineError{line, fmt.Errorf("%w: %d, where the header has %d", csv.ErrFieldCount, len(record), len(c.header))}
	}
	for i, field := range record {
		if err := checkField(field); err != nil {
			return nil, 0, &LineError{line, fmt.Errorf("column %q: %w", c.header[i], err)}
		}
	}
	return record, line, nil
}

func (c *records) read() ([]string, int, error) {
	record, err := c.csv.Read()
	if err != nil && c.in.failed != nil && c.in.failed != io.EOF {
		return nil, 0, c.in.failed // what was cut short by it can look like a bad quote
	}
	if parse, ok := errors.AsType[*csv.ParseError](err); ok {
		return nil, 0, &LineError{parse.StartLine, fmt.Errorf("at byte %d of line %d: %w", parse.Column, parse.Line, parse.Err)}
	}
	if err != nil {
		return nil, 0, err
	}
	line, _ := c.csv.FieldPos(0)
	return record, line, nil
}

func checkField(field string) error {
	switch {
	case len(field) > MaxField:
		return fmt.Errorf("a field of %d bytes, where %d is the most", len(field), MaxField)
	case !utf8.ValidString(field):
		return errors.New("not valid UTF-8: save the file as UTF-8")
	}
	return nil
}

// checkHeader refuses names that cannot each be a column. SQLite holds names
// that differ in the case of ASCII letters alone to be the same.
func checkHeader(header []string) error {
	if len(header) > MaxColumns {
		return fmt.Errorf("%d columns, where %d is the most", len(header), MaxColumns)
	}
	seen := make(map[string]int, len(header))
	for i, name := range header {
		if strings.TrimSpace(name) == "" {
			return fmt.Errorf("the name of column %d is blank", i+1)
		}
		if err := errors.Join(checkField(name), checkName(name)); err != nil {
			return fmt.Errorf("column %d: %w", i+1, err)
		}
		if first, ok := seen[fold(name)]; ok {
			return fmt.Errorf("columns %d and %d have the same name, %q", first, i+1, name)
		}
		seen[fold(name)] = i + 1
	}
	return nil
}

// fold lowers ASCII letters only, as SQLite does to compare names.
func fold(name string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, name)
}
