package proof

import (
	"bytes"
	"fmt"

	"github.com/go-json-experiment/json/jsontext"
)

// link gives each proof those that it names as previous (Data Integrity 1.0,
// section 4.5). Each must be there, once.
func link(proofs []*Proof) error {
	byID := map[string]*Proof{}
	for _, p := range proofs {
		if _, ok := byID[p.ID]; ok && p.ID != "" {
			return fmt.Errorf("%w: two proofs have the id %.80q", ErrMalformed, p.ID)
		}
		byID[p.ID] = p
	}
	for _, p := range proofs {
		for _, id := range p.Previous {
			previous, ok := byID[id]
			if !ok || previous == p {
				return fmt.Errorf("%w: the previous proof %.80q is not there", ErrMalformed, id)
			}
			p.previous = append(p.previous, previous.whole)
		}
	}
	return nil
}

// chained returns what a proof is over: the unsecured document and, whole, the
// proofs before it.
func (p *Proof) chained(document []byte) ([]byte, error) {
	if len(p.previous) == 0 {
		return document, nil
	}
	all, err := members(document)
	if err != nil {
		return nil, err
	}
	parts := make([][]byte, len(p.previous))
	for i, previous := range p.previous {
		parts[i] = previous
	}
	array := append(append(jsontext.Value{'['}, bytes.Join(parts, []byte(","))...), ']')
	return join(append(all, member{Name: "proof", Value: array}))
}
