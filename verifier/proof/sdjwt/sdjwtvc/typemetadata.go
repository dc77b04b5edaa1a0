package sdjwtvc

import (
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/strictjson"
	"github.com/chancery-vc/chancery/verifier/resource"
)

// TypeMetadata say what is true of the credentials of a type, what it extends
// included: "SD-JWT VC Type Metadata".
type TypeMetadata struct {
	Types  []string // the vct, then what it extends, and so on
	Name   string   // for developers
	Claims []Claim
}

// document is one type metadata document. Members that are not known are left
// out.
type document struct {
	Type             string   `json:"vct"`
	Name             string   `json:"name"`
	Extends          *string  `json:"extends"`
	ExtendsIntegrity *string  `json:"extends#integrity"`
	Claims           *[]claim `json:"claims"`
}

// LoadTypeMetadata puts together the metadata of a type from documents by
// their vct. The integrity of the first, as the claim vct#integrity has it, is
// checked unless it is "": "Integrity of Referenced Documents".
func LoadTypeMetadata(documents map[string][]byte, credential, integrity string) (*TypeMetadata, error) {
	m := &TypeMetadata{}
	var chain []*document
	for next, sum := credential, integrity; ; {
		d, err := load(documents, next, sum)
		if err != nil {
			return nil, err
		}
		m.Types, chain = append(m.Types, next), append(chain, d)
		if d.Extends == nil {
			break
		}
		next, sum = *d.Extends, ""
		if d.ExtendsIntegrity != nil {
			sum = *d.ExtendsIntegrity
		}
		if err := m.mayExtend(next); err != nil {
			return nil, err
		}
	}
	m.Name = chain[0].Name
	for _, d := range slices.Backward(chain) {
		if err := m.add(d); err != nil {
			return nil, err
		}
	}
	if err := m.checkIDs(); err != nil {
		return nil, err
	}
	return m, nil
}

// mayExtend refuses what leads back, "Circular "extends" Dependencies of
// Types", and what leads too far.
func (m *TypeMetadata) mayExtend(next string) error {
	if slices.Contains(m.Types, next) {
		return fmt.Errorf("%w: %.200q extends itself", ErrTypeMetadata, next)
	}
	if len(m.Types) == MaxExtends {
		return fmt.Errorf("%w: a chain of more than %d types", ErrTypeMetadata, MaxExtends)
	}
	return nil
}

func load(documents map[string][]byte, credential, integrity string) (*document, error) {
	data, ok := documents[credential]
	if !ok {
		return nil, fmt.Errorf("%w: those of %.200q", ErrNoTypeMetadata, credential)
	}
	if integrity != "" {
		if err := resource.Check([][]byte{data}, integrity, nil); err != nil {
			return nil, fmt.Errorf("%w: those for %.200q: %w", ErrTypeMetadata, credential, err)
		}
	}
	d, err := readType(data)
	if err != nil {
		return nil, fmt.Errorf("those for %.200q: %w", credential, err)
	}
	if d.Type != credential {
		return nil, fmt.Errorf("%w: those for %.200q are of %.200q", ErrTypeMetadata, credential, d.Type)
	}
	return d, nil
}

func readType(data []byte) (*document, error) {
	if _, err := strictjson.ParseObject(data, strictjson.Limits{Bytes: MaxMetadata}); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTypeMetadata, err)
	}
	d := &document{}
	if err := json.Unmarshal(data, d); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTypeMetadata, err)
	}
	if d.Type == "" {
		return nil, fmt.Errorf("%w: they have no vct", ErrTypeMetadata)
	}
	return d, nil
}
