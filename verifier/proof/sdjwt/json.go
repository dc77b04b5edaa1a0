package sdjwt

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/strictjson"
)

// unprotected is the header of a JSON serialization that is not signed:
// section 8.1. The kid is a hint that nobody here follows.
type unprotected struct {
	KeyID       string   `json:"kid,omitzero"`
	Disclosures []string `json:"disclosures,omitzero"`
	KeyBinding  string   `json:"kb_jwt,omitzero"`
}

type serializedSignature struct {
	Protected string      `json:"protected"`
	Header    unprotected `json:"header,omitzero"`
	Signature string      `json:"signature"`
}

type flattened struct {
	Payload string `json:"payload"`
	serializedSignature
}

type general struct {
	Payload    string                `json:"payload"`
	Signatures []serializedSignature `json:"signatures"`
}

// ParseJSON takes apart a JSON serialization, flattened or general: section 8.
// Of the general one the token has the first signature, over which a key
// binding is made; the others add nothing to it, and are for the caller to
// verify if they should count. Members that are not defined are refused, as
// nobody signs them.
func ParseJSON(data []byte) (*Token, error) {
	if len(data) > MaxLength {
		return nil, fmt.Errorf("%w: %d bytes, more than %d", ErrLimit, len(data), MaxLength)
	}
	members, err := strictjson.ParseObject(data, strictjson.Limits{})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	var s serializedSignature
	var payload string
	if _, ok := members["signatures"]; ok {
		payload, s, err = parseGeneral(data)
	} else {
		payload, s, err = parseFlattened(data)
	}
	if err != nil {
		return nil, err
	}
	t := &Token{
		JWT:         strings.Join([]string{s.Protected, payload, s.Signature}, "."),
		Disclosures: s.Header.Disclosures,
		KeyBinding:  s.Header.KeyBinding,
	}
	if err := t.check(); err != nil {
		return nil, err
	}
	return t, nil
}

func parseFlattened(data []byte) (payload string, s serializedSignature, err error) {
	var f flattened
	if err := json.Unmarshal(data, &f, json.RejectUnknownMembers(true)); err != nil {
		return "", s, fmt.Errorf("%w: not a flattened JSON serialization: %w", ErrMalformed, err)
	}
	return f.Payload, f.serializedSignature, nil
}

func parseGeneral(data []byte) (payload string, s serializedSignature, err error) {
	var g general
	if err := json.Unmarshal(data, &g, json.RejectUnknownMembers(true)); err != nil {
		return "", s, fmt.Errorf("%w: not a general JSON serialization: %w", ErrMalformed, err)
	}
	switch {
	case len(g.Signatures) == 0:
		return "", s, fmt.Errorf("%w: it has no signature", ErrMalformed)
	case len(g.Signatures) > MaxSignatures:
		return "", s, fmt.Errorf("%w: more than %d signatures", ErrLimit, MaxSignatures)
	case slices.ContainsFunc(g.Signatures[1:], func(s serializedSignature) bool {
		return s.Header.Disclosures != nil || s.Header.KeyBinding != ""
	}):
		return "", s, fmt.Errorf("%w: disclosures and kb_jwt go with the first signature alone", ErrMalformed)
	}
	return g.Payload, g.Signatures[0], nil
}

// FlattenedJSON returns the flattened JSON serialization: section 8.2.
func (t *Token) FlattenedJSON() ([]byte, error) {
	parts := strings.Split(t.JWT, ".")
	if len(parts) != 3 {
		return nil, fmt.Errorf("%w: the JWT has not three parts", ErrMalformed)
	}
	return encode(flattened{parts[1], serializedSignature{
		Protected: parts[0],
		Header:    unprotected{Disclosures: t.Disclosures, KeyBinding: t.KeyBinding},
		Signature: parts[2],
	}})
}

// encode writes value in JSON, always the same way.
func encode(value any) ([]byte, error) {
	data, err := json.Marshal(value, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("write JSON: %w", err)
	}
	return data, nil
}
