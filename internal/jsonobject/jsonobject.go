// Package jsonobject takes a JSON object apart and puts it together again, so
// that members keep their order and their bytes: what was signed stays as it
// was written. A member twice is an error (RFC 8259, section 4).
package jsonobject

import (
	"bytes"
	"errors"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// Member is one name and value of a JSON object, as they were written.
type Member struct {
	Name  string
	Value jsontext.Value
}

// Parse returns the members of the one JSON object that data holds, in order.
func Parse(data []byte) ([]Member, error) {
	decoder := jsontext.NewDecoder(bytes.NewBuffer(data))
	if token, err := decoder.ReadToken(); err != nil || token.Kind() != '{' {
		return nil, errors.New("not a JSON object")
	}
	var all []Member
	for decoder.PeekKind() != '}' {
		name, err := decoder.ReadToken()
		if err != nil {
			return nil, err
		}
		m := Member{Name: name.String()}
		value, err := decoder.ReadValue()
		if err != nil {
			return nil, err
		}
		m.Value = value.Clone()
		all = append(all, m)
	}
	if _, err := decoder.ReadToken(); err != nil {
		return nil, err
	}
	if _, err := decoder.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more data after the object")
	}
	return all, nil
}

// Join writes members as one JSON object that is compact, but for what is
// within its values.
func Join(all []Member) ([]byte, error) {
	out := []byte{'{'}
	for i, m := range all {
		if i > 0 {
			out = append(out, ',')
		}
		var err error
		if out, err = jsontext.AppendQuote(out, m.Name); err != nil {
			return nil, err
		}
		out = append(append(out, ':'), m.Value...)
	}
	return append(out, '}'), nil
}
