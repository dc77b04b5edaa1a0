package rdfc

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Kind says what a [Term] is.
type Kind uint8

// The kinds of term. Zero is none of them: it is the default graph where a
// graph name stands, and invalid elsewhere.
const (
	IRI Kind = iota + 1
	Blank
	Literal
)

// The datatypes of literals that N-Quads writes without one.
const (
	xsdString  = "http://www.w3.org/2001/XMLSchema#string"
	langString = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"
)

// Term is a node, a predicate or a graph name.
type Term struct {
	Kind Kind
	// Value is the IRI, the label of the blank node without "_:", or the
	// lexical form of the literal.
	Value string
	// Datatype is the absolute IRI of a literal's datatype, xsd:string for a
	// plain one; empty for other kinds.
	Datatype string
	// Language is the language tag of a literal of datatype rdf:langString,
	// and empty for all else.
	Language string
}

// Quad is a statement in a graph; the zero Graph is the default graph.
type Quad struct{ Subject, Predicate, Object, Graph Term }

// kinds is a set of Kind.
type kinds uint8

const (
	iri      kinds = 1 << IRI
	resource       = iri | 1<<Blank
	anyTerm        = resource | 1<<Literal
)

// validate reports what keeps q from having a canonical N-Quads form. Errors
// name the component, never its value: quads hold people's data.
func (q *Quad) validate() error {
	if err := q.Subject.validate(resource); err != nil {
		return fmt.Errorf("subject %w", err)
	}
	if err := q.Predicate.validate(iri); err != nil {
		return fmt.Errorf("predicate %w", err)
	}
	if err := q.Object.validate(anyTerm); err != nil {
		return fmt.Errorf("object %w", err)
	}
	if q.Graph == (Term{}) {
		return nil
	}
	if err := q.Graph.validate(resource); err != nil {
		return fmt.Errorf("graph name %w", err)
	}
	return nil
}

func (t *Term) validate(allowed kinds) error {
	if allowed>>t.Kind&1 == 0 {
		return invalid("is of a kind not allowed there")
	}
	if t.Kind == Literal {
		return t.validateLiteral()
	}
	if t.Datatype != "" || t.Language != "" {
		return invalid("has a datatype or language but is not a literal")
	}
	if t.Kind == IRI && !isIRI(t.Value) {
		return invalid("is not an absolute IRI")
	}
	if t.Kind == Blank && t.Value == "" {
		return invalid("is a blank node with no label")
	}
	return nil
}

func (t *Term) validateLiteral() error {
	switch {
	case !utf8.ValidString(t.Value):
		return invalid("is not UTF-8")
	case t.Datatype != xsdString && !isIRI(t.Datatype):
		return invalid("has a datatype that is not an absolute IRI")
	case (t.Datatype == langString) != (t.Language != ""):
		return invalid("has a language without rdf:langString, or the reverse")
	case t.Language != "" && !isLanguageTag(t.Language):
		return invalid("has a malformed language tag")
	}
	return nil
}

func invalid(what string) error { return fmt.Errorf("%s: %w", what, ErrInvalid) }

// isIRI reports whether s starts with a scheme and can stand between < and >
// as it is (IRIREF in the grammar of N-Quads). Were anything else let through,
// one IRI could spell several quads.
func isIRI(s string) bool {
	for i := range len(s) {
		if !inIRI(s[i]) {
			return false
		}
	}
	scheme, _, found := strings.Cut(s, ":")
	return found && isScheme(scheme) && utf8.ValidString(s)
}

// The ASCII characters that IRIREF leaves out, a bit each.
const (
	excludedBelow64 uint64 = 1<<(' '+1) - 1 | 1<<'"' | 1<<'<' | 1<<'>'
	excludedFrom64  uint64 = (1<<'\\' | 1<<'^' | 1<<'`' | 1<<'{' | 1<<'|' | 1<<'}') >> 64
)

func inIRI(b byte) bool {
	return excludedBelow64>>b&1 == 0 && (b < 64 || excludedFrom64>>(b-64)&1 == 0)
}

// isScheme follows RFC 3986 section 3.1.
func isScheme(s string) bool {
	for i := range len(s) {
		if !isLetter(s[i]) && (i == 0 || !isDigit(s[i]) && strings.IndexByte("+-.", s[i]) < 0) {
			return false
		}
	}
	return s != ""
}

// isLanguageTag follows LANGTAG in the grammar of N-Quads.
func isLanguageTag(s string) bool {
	for i, part := range strings.Split(s, "-") {
		if part == "" {
			return false
		}
		for j := range len(part) {
			if !isLetter(part[j]) && (i == 0 || !isDigit(part[j])) {
				return false
			}
		}
	}
	return true
}

func isLetter(b byte) bool { return 'a' <= b|0x20 && b|0x20 <= 'z' }

func isDigit(b byte) bool { return '0' <= b && b <= '9' }
