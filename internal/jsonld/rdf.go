package jsonld

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gowebpki/jcs"

	"github.com/chancery-vc/chancery/internal/rdfc"
)

const (
	rdfNS     = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
	xsdNS     = "http://www.w3.org/2001/XMLSchema#"
	xsdString = xsdNS + "string"
	xsdDouble = xsdNS + "double"
)

// Caps on one document.
const (
	MaxBytes = 3 << 20
	MaxQuads = 20_000 // statements, and values before expansion
)

// converter writes the statements of an expanded document.
type converter struct {
	quads     []rdfc.Quad
	blanks    int  // number of labels given to blank nodes
	direction bool // of texts is left out, rather than refused
}

// document writes the statements of an expanded document, and returns the term
// for the document itself.
func (c *converter) document(expanded []any) (root rdfc.Term, err error) {
	if len(expanded) != 1 {
		return rdfc.Term{}, fmt.Errorf("%w: it is about %d things, not one", ErrInvalid, len(expanded))
	}
	node, ok := expanded[0].(map[string]any)
	if !ok {
		return rdfc.Term{}, fmt.Errorf("%w: a value without a subject", ErrInvalid)
	}
	return c.node(node, rdfc.Term{})
}

// node writes what a node object says in graph, and returns its subject.
func (c *converter) node(node map[string]any, graph rdfc.Term) (rdfc.Term, error) {
	subject, err := c.subject(node)
	if err != nil {
		return rdfc.Term{}, err
	}
	for _, name := range slices.Sorted(maps.Keys(node)) {
		switch {
		case name == "@id":
		case name == "@type":
			err = c.types(subject, node[name], graph)
		case name == "@graph":
			err = c.graph(subject, node[name])
		case strings.HasPrefix(name, "@"):
			err = fmt.Errorf("%w: %s is not in what is signed", ErrInvalid, name)
		default:
			err = c.property(subject, name, node[name], graph)
		}
		if err != nil {
			return rdfc.Term{}, err
		}
	}
	return subject, nil
}

func (c *converter) subject(node map[string]any) (rdfc.Term, error) {
	id, ok := node["@id"]
	if !ok {
		return c.fresh(), nil
	}
	return reference(id)
}

func (c *converter) fresh() rdfc.Term {
	c.blanks++
	return rdfc.Term{Kind: rdfc.Blank, Value: "b" + strconv.Itoa(c.blanks)}
}

// reference returns the term for an @id or a type. A label of a blank node is
// refused as one: it is not kept in the canonical form, so that anybody could
// add it or change it.
func reference(id any) (rdfc.Term, error) {
	text, ok := id.(string)
	if !ok {
		return rdfc.Term{}, fmt.Errorf("%w: an identifier is not a string", ErrInvalid)
	}
	return iri(text)
}

func (c *converter) types(subject rdfc.Term, value any, graph rdfc.Term) error {
	predicate := rdfc.Term{Kind: rdfc.IRI, Value: rdfNS + "type"}
	objects := make([]rdfc.Term, 0, 2)
	for _, item := range asArray(value) {
		object, err := reference(item)
		if err != nil {
			return err
		}
		objects = append(objects, object)
	}
	return c.say(subject, predicate, objects, graph)
}

func (c *converter) property(subject rdfc.Term, name string, value any, graph rdfc.Term) error {
	predicate, err := iri(name)
	if err != nil {
		return err
	}
	objects := make([]rdfc.Term, 0, 1)
	for _, item := range asArray(value) {
		object, err := c.object(item, graph)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		objects = append(objects, object)
	}
	return c.say(subject, predicate, objects, graph)
}

// say writes one statement an object. RDF has no repetition: the second of
// two equal values could be added or removed under the same signature.
func (c *converter) say(subject, predicate rdfc.Term, objects []rdfc.Term, graph rdfc.Term) error {
	if repeats(objects) {
		return fmt.Errorf("%w: %s has the same value twice", ErrInvalid, predicate.Value)
	}
	for _, object := range objects {
		if len(c.quads) == MaxQuads {
			return fmt.Errorf("%w: more than %d statements", ErrInvalid, MaxQuads)
		}
		c.quads = append(c.quads, rdfc.Quad{Subject: subject, Predicate: predicate, Object: object, Graph: graph})
	}
	return nil
}

// repeats tells whether two of objects are equal. Most properties have one.
func repeats(objects []rdfc.Term) bool {
	if len(objects) < 2 {
		return false
	}
	said := make(map[rdfc.Term]bool, len(objects))
	for _, object := range objects {
		said[object] = true
	}
	return len(said) < len(objects)
}

// graph writes a named graph; its name is the node that holds it. A graph
// within a graph is one beside it: datasets do not nest.
func (c *converter) graph(name rdfc.Term, value any) error {
	for _, item := range asArray(value) {
		node, ok := item.(map[string]any)
		if !ok {
			return fmt.Errorf("%w: a graph holds a value without a subject", ErrInvalid)
		}
		before := len(c.quads)
		if _, err := c.node(node, name); err != nil {
			return err
		}
		if len(c.quads) == before { // its id would be in no statement
			return fmt.Errorf("%w: a graph holds something of which nothing is said", ErrInvalid)
		}
	}
	return nil
}

func (c *converter) object(item any, graph rdfc.Term) (rdfc.Term, error) {
	object, ok := item.(map[string]any)
	if !ok {
		return rdfc.Term{}, fmt.Errorf("%w: a value that is not expanded", ErrInvalid)
	}
	if _, ok := object["@value"]; ok {
		return c.literal(object)
	}
	if list, ok := object["@list"]; ok {
		return c.list(object, asArray(list), graph)
	}
	return c.node(object, graph)
}

func (c *converter) list(object map[string]any, items []any, graph rdfc.Term) (rdfc.Term, error) {
	if len(object) != 1 {
		return rdfc.Term{}, fmt.Errorf("%w: a list with more members than @list", ErrInvalid)
	}
	next := rdfc.Term{Kind: rdfc.IRI, Value: rdfNS + "nil"}
	for _, item := range slices.Backward(items) {
		first, err := c.object(item, graph)
		if err != nil {
			return rdfc.Term{}, err
		}
		cell := c.fresh()
		for _, link := range []struct {
			name  string
			value rdfc.Term
		}{{"first", first}, {"rest", next}} {
			predicate := rdfc.Term{Kind: rdfc.IRI, Value: rdfNS + link.name}
			if err := c.say(cell, predicate, []rdfc.Term{link.value}, graph); err != nil {
				return rdfc.Term{}, err
			}
		}
		next = cell
	}
	return next, nil
}

// isAbsolute tells whether text is an IRI with a scheme, at most one fragment,
// and without the characters that N-Quads forbids in one.
func isAbsolute(text string) bool {
	scheme, rest, ok := strings.Cut(text, ":")
	if !ok || scheme == "" || !isLetter(scheme[0]) {
		return false
	}
	for i := range len(scheme) {
		if c := scheme[i]; !isLetter(c) && (c < '0' || c > '9') && c != '+' && c != '-' && c != '.' {
			return false
		}
	}
	fragments := 0
	for i := range len(rest) {
		switch c := rest[i]; {
		case c <= ' ' || strings.IndexByte("<>\"{}|^`\\", c) >= 0:
			return false
		case c == '#':
			fragments++
		}
	}
	return fragments <= 1
}

func isLetter(c byte) bool { return 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' }

func iri(text string) (rdfc.Term, error) {
	if !isAbsolute(text) {
		return rdfc.Term{}, fmt.Errorf("%w: %.80q is not an absolute IRI", ErrInvalid, text)
	}
	return rdfc.Term{Kind: rdfc.IRI, Value: text}, nil
}

var languageTag = regexp.MustCompile(`^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$`)

func (c *converter) literal(object map[string]any) (rdfc.Term, error) {
	for name, value := range object {
		switch {
		case name == "@value" || name == "@type" || name == "@language":
		case name == "@direction" && c.direction && (value == "ltr" || value == "rtl"):
		case name == "@direction":
			return rdfc.Term{}, fmt.Errorf("%w: the @direction %.20q of a text is not in what an rdfc cryptosuite signs; jcs ones sign ltr and rtl", ErrInvalid, value)
		default:
			return rdfc.Term{}, fmt.Errorf("%w: %s of a value is not in what is signed", ErrInvalid, name)
		}
	}
	if language, ok := object["@language"].(string); ok {
		return languageString(object["@value"], language)
	}
	datatype, ok := object["@type"].(string)
	if _, typed := object["@type"]; typed && !ok {
		return rdfc.Term{}, fmt.Errorf("%w: the @type of a value is not a string", ErrInvalid)
	}
	if datatype == "@json" {
		return jsonLiteral(object["@value"])
	}
	if datatype != "" {
		if _, err := iri(datatype); err != nil {
			return rdfc.Term{}, err
		}
	}
	return typedLiteral(object["@value"], datatype)
}

func languageString(value any, language string) (rdfc.Term, error) {
	text, ok := value.(string)
	if !ok || !languageTag.MatchString(language) {
		return rdfc.Term{}, fmt.Errorf("%w: %.40q is not a language of a text", ErrInvalid, language)
	}
	return rdfc.Term{Kind: rdfc.Literal, Value: text, Datatype: rdfNS + "langString", Language: language}, nil
}

func jsonLiteral(value any) (rdfc.Term, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return rdfc.Term{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	canonical, err := jcs.Transform(text)
	if err != nil {
		return rdfc.Term{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return rdfc.Term{Kind: rdfc.Literal, Value: string(canonical), Datatype: rdfNS + "JSON"}, nil
}

func typedLiteral(value any, datatype string) (rdfc.Term, error) {
	text, natural := "", xsdString
	switch value := value.(type) {
	case string:
		text = value
	case bool:
		text, natural = strconv.FormatBool(value), xsdNS+"boolean"
	case float64:
		var err error
		if text, natural, err = numeral(value, datatype); err != nil {
			return rdfc.Term{}, err
		}
	default:
		return rdfc.Term{}, fmt.Errorf("%w: a value that RDF cannot hold", ErrInvalid)
	}
	if datatype == "" {
		datatype = natural
	}
	return rdfc.Term{Kind: rdfc.Literal, Value: text, Datatype: datatype}, nil
}

// numeral writes a number as JSON-LD does: an integer below 10^21 as one,
// anything else as a double with 16 significant digits.
func numeral(value float64, datatype string) (text, natural string, err error) {
	if value == math.Trunc(value) && math.Abs(value) < 1e21 && datatype != xsdDouble {
		return strconv.FormatFloat(value, 'f', 0, 64), xsdNS + "integer", nil
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(value, 'E', 15, 64), "E")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if fraction = strings.TrimRight(fraction, "0"); fraction == "" {
		fraction = "0"
	}
	power, err := strconv.Atoi(exponent)
	if err != nil {
		return "", "", fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	text = fmt.Sprintf("%s.%sE%d", whole, fraction, power)
	if back, err := strconv.ParseFloat(text, 64); err != nil || back != value {
		return "", "", fmt.Errorf("%w: the number %v cannot be kept exactly", ErrInvalid, value)
	}
	return text, xsdDouble, nil
}
