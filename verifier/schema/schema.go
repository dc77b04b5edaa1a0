// Package schema validates credentials against JSON Schemas, as a credential
// asks with a credentialSchema of type [Type].
//
// Schemas are given by URL; nothing is fetched. The id of a credentialSchema
// is the URL of a schema, which must have the digest that stands beside it, if
// one does. A $ref leads into the same schema, to another of the set by its
// URL, or to JSON Schema's own. What is validated is the whole credential with
// its proof.
//
// The draft is 2020-12, the only one in the table of the text; a schema must
// say so by $schema. "format" is an assertion. Patterns are those of Go's
// regexp, which takes time linear in the text; what it lacks, such as
// look-ahead and back references, makes a schema unusable.
//
// The work of one validation is bounded before it begins ([ErrLimit]): a small
// schema could otherwise cost time exponential in its length. Errors about a
// credential name a place in it as a JSON pointer (RFC 6901) and the keyword,
// never a value.
//
// The type JsonSchemaCredential, a schema within a credential of its own, is
// not for this package: to report such a type as unknown is right.
//
// Source: VC Data Model 2.0, section 4.11; Verifiable Credentials JSON Schema
// Specification, sections 2.1, 3 and 4; JSON Schema draft 2020-12.
package schema

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/chancery-vc/chancery/internal/strictjson"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/resource"
)

// Type is the type of a credentialSchema that this package is for.
const Type = "JsonSchema"

// Errors that callers can tell apart with [errors.Is]. A digest that does not
// fit is one of those of package resource.
var (
	ErrUnknown  = errors.New("the schema was not given")
	ErrSchema   = errors.New("not a usable JSON Schema")
	ErrMismatch = errors.New("the credential does not conform to its schema")
	ErrLimit    = errors.New("validating would take too much work")
)

// Caps on a [Set].
const (
	MaxSchemas     = 64
	MaxSchemaBytes = 256 << 10
	maxURL         = 2 << 10
	maxValues      = 8_000 // JSON values of all schemas together
)

// Entry is a credentialSchema of type [Type].
type Entry struct {
	ID              string
	DigestSRI       string   // empty if absent
	DigestMultibase []string // empty if absent
}

// Set is the schemas that were given. It may be used by many at once.
type Set struct {
	documents map[string][]byte
	compiled  map[string]*jsonschema.Schema
	anchors   anchors
}

// New returns a set of schemas by the URL that names them. Each must be usable
// and lead to nothing outside of the set, or the error is an [ErrSchema].
func New(documents map[string][]byte) (*Set, error) {
	if len(documents) > MaxSchemas {
		return nil, fmt.Errorf("%w: %d schemas, more than %d", ErrSchema, len(documents), MaxSchemas)
	}
	c := newCompiler()
	s := &Set{documents: map[string][]byte{}, compiled: map[string]*jsonschema.Schema{}}
	for url, document := range documents {
		if err := c.add(url, document); err != nil {
			return nil, fmt.Errorf("schema %.200s: %w", url, err)
		}
		s.documents[url] = bytes.Clone(document)
	}
	for url := range documents {
		var err error
		if s.compiled[url], err = c.compile(url); err != nil {
			return nil, fmt.Errorf("schema %.200s: %w", url, err)
		}
	}
	var err error
	if s.anchors, err = c.reach(); err != nil {
		return nil, err
	}
	return s, nil
}

// Validate returns nil if document, a credential, conforms to the schema that
// entry names.
func (s *Set) Validate(entry Entry, document []byte) error {
	compiled, ok := s.compiled[entry.ID]
	if !ok {
		return fmt.Errorf("%w: %.200q; get it from the issuer and give it with this URL", ErrUnknown, entry.ID)
	}
	if entry.DigestSRI != "" || len(entry.DigestMultibase) > 0 {
		if err := resource.Check([][]byte{s.documents[entry.ID]}, entry.DigestSRI, entry.DigestMultibase); err != nil {
			return fmt.Errorf("schema %.200s: %w", entry.ID, err)
		}
	}
	value, err := strictjson.Parse(document, strictjson.Limits{Bytes: credential.MaxBytes})
	if err != nil {
		return fmt.Errorf("%w: %w", ErrMismatch, strictjson.ErrInvalid) // the rest would quote it
	}
	if err := within(compiled, value, s.anchors); err != nil {
		return fmt.Errorf("schema %.200s: %w", entry.ID, err)
	}
	if err := compiled.Validate(value); err != nil {
		return fmt.Errorf("%w, %.200s: %s", ErrMismatch, entry.ID, describe(err))
	}
	return nil
}
