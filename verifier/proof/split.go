package proof

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// member is one name and value of a JSON object, as they were written.
type member struct {
	name  string
	value jsontext.Value
}

// members returns the members of the JSON object that data holds, in order.
func members(data []byte) ([]member, error) {
	decoder := jsontext.NewDecoder(bytes.NewBuffer(data))
	if token, err := decoder.ReadToken(); err != nil || token.Kind() != '{' {
		return nil, fmt.Errorf("%w: not a JSON object", ErrMalformed)
	}
	var all []member
	for decoder.PeekKind() != '}' {
		name, err := decoder.ReadToken()
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
		}
		m := member{name: name.String()}
		value, err := decoder.ReadValue()
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
		}
		m.value = value.Clone()
		all = append(all, m)
	}
	if _, err := decoder.ReadToken(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if _, err := decoder.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: more data after the object", ErrMalformed)
	}
	return all, nil
}

// join writes members as one compact JSON object.
func join(all []member) ([]byte, error) {
	out := []byte{'{'}
	for i, m := range all {
		if i > 0 {
			out = append(out, ',')
		}
		name, err := jsontext.AppendQuote(nil, m.name)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
		}
		out = append(append(append(out, name...), ':'), m.value...)
	}
	return append(out, '}'), nil
}

func find(all []member, name string) jsontext.Value {
	for _, m := range all {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

func without(all []member, name string) []member {
	rest := make([]member, 0, len(all))
	for _, m := range all {
		if m.name != name {
			rest = append(rest, m)
		}
	}
	return rest
}

// Split returns the unsecured document of a secured one, and its proofs: at
// least one, at most [MaxProofs].
func Split(secured []byte) (document []byte, proofs []*Proof, err error) {
	all, err := members(secured)
	if err != nil {
		return nil, nil, err
	}
	values, err := proofValues(find(all, "proof"))
	if err != nil {
		return nil, nil, err
	}
	if document, err = join(without(all, "proof")); err != nil {
		return nil, nil, err
	}
	for _, value := range values {
		p, err := parse(value, find(all, "@context"))
		if err != nil {
			return nil, nil, err
		}
		if slices.ContainsFunc(proofs, func(other *Proof) bool { return bytes.Equal(other.whole, p.whole) }) {
			continue // a copy says nothing more
		}
		proofs = append(proofs, p)
	}
	if err := link(proofs); err != nil {
		return nil, nil, err
	}
	return document, proofs, nil
}

// proofValues returns the elements of a proof member: an object, or an array
// of objects.
func proofValues(value jsontext.Value) ([]jsontext.Value, error) {
	switch value.Kind() {
	case '{':
		return []jsontext.Value{value}, nil
	case '[':
	default:
		return nil, ErrMissing
	}
	decoder := jsontext.NewDecoder(bytes.NewBuffer(value))
	if _, err := decoder.ReadToken(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	var values []jsontext.Value
	for decoder.PeekKind() != ']' {
		item, err := decoder.ReadValue()
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
		}
		if values = append(values, item.Clone()); len(values) > MaxProofs {
			return nil, fmt.Errorf("%w: more than %d proofs", ErrMalformed, MaxProofs)
		}
	}
	if len(values) == 0 {
		return nil, ErrMissing
	}
	return values, nil
}
