package proof

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/jsonobject"
)

// member is one name and value of a JSON object, as they were written.
type member = jsonobject.Member

// members returns the members of the JSON object that data holds, in order.
func members(data []byte) ([]member, error) {
	all, err := jsonobject.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return all, nil
}

// join writes members as one compact JSON object.
func join(all []member) ([]byte, error) {
	out, err := jsonobject.Join(all)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return out, nil
}

func find(all []member, name string) jsontext.Value {
	for _, m := range all {
		if m.Name == name {
			return m.Value
		}
	}
	return nil
}

func without(all []member, name string) []member {
	rest := make([]member, 0, len(all))
	for _, m := range all {
		if m.Name != name {
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
