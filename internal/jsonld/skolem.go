package jsonld

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/chancery-vc/chancery/internal/rdfc"
)

// bnid starts the ids that stand for blank nodes.
const bnid = "urn:bnid:"

// Skolemized is a document in which each object that is a blank node has an id,
// so that a part of it names the node as the whole does.
//
// Data Integrity ECDSA Cryptosuites 1.0, sections 3.4.7 and 3.4.8, gives the
// ids to the expanded form and compacts that again. Here they are put into the
// document as it is, and it is checked that they change nothing that it says:
// no compaction has to be trusted.
type Skolemized struct {
	Document map[string]any // as it was
	Named    map[string]any // with the ids
	Quads    []rdfc.Quad    // what it says; the ids are labels of blank nodes again

	contexts Contexts
}

// Skolemize returns document with ids for its blank nodes. A document is
// refused that has such ids already, or in which a blank node has no place for
// one: two graphs without a name as values of one property, say.
func Skolemize(document []byte, contexts Contexts) (*Skolemized, error) {
	object, err := parse(document)
	if err != nil {
		return nil, err
	}
	expanded, err := expandWhole(object, contexts)
	if err != nil {
		return nil, err
	}
	quads, err := convert(object, expanded, false)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(quads, holdsID) {
		return nil, fmt.Errorf("%w: it has an identifier that starts with %s, which stands for a blank node where parts of documents are selected", ErrInvalid, bnid)
	}
	s := &Skolemized{Document: object, contexts: contexts}
	if err := s.name(); err != nil {
		return nil, fmt.Errorf("naming its blank nodes: %w", err)
	}
	if !isomorphic(quads, s.Quads) {
		return nil, fmt.Errorf("%w: a blank node in it cannot be named without changing what it says; give it an id", ErrInvalid)
	}
	return s, nil
}

// name fills in Named and Quads. Which objects are nodes hangs on the contexts:
// each is given an id, and those keep it that expansion takes for a node's.
func (s *Skolemized) name() error {
	all := namer{}
	s.Named = all.object(s.Document)
	expanded, err := expandWhole(s.Named, s.contexts)
	if err != nil {
		return err
	}
	nodes := map[string]bool{}
	collectIDs(expanded, nodes)
	if len(nodes) < all.objects {
		s.Named = (&namer{only: nodes}).object(s.Document)
		if expanded, err = expandWhole(s.Named, s.contexts); err != nil {
			return err
		}
	}
	s.Quads, err = convertNamed(s.Named, expanded)
	return err
}

// Statements returns what a part of Named says, by the labels of Quads.
func (s *Skolemized) Statements(part map[string]any) ([]rdfc.Quad, error) {
	expanded, err := expandWhole(part, s.contexts)
	if err != nil {
		return nil, err
	}
	return convertNamed(part, expanded)
}

// namer gives objects ids, and numbers them in a fixed order.
type namer struct {
	objects int
	only    map[string]bool // nil for all
}

func (n *namer) value(value any) any {
	switch value := value.(type) {
	case map[string]any:
		return n.object(value)
	case []any:
		next := make([]any, len(value))
		for i, item := range value {
			next[i] = n.value(item)
		}
		return next
	default:
		return value
	}
}

func (n *namer) object(object map[string]any) map[string]any {
	if isText(object) {
		return object
	}
	next := make(map[string]any, len(object)+1)
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if next[name] = object[name]; name != "@context" {
			next[name] = n.value(object[name])
		}
	}
	if _, ok := object["id"]; !ok {
		id := bnid + strconv.Itoa(n.objects)
		n.objects++
		if n.only == nil || n.only[id] {
			next["id"] = id
		}
	}
	return next
}

// collectIDs adds the ids of the nodes in an expanded document that a namer
// gave. What is within a literal is no node.
func collectIDs(value any, ids map[string]bool) {
	switch value := value.(type) {
	case map[string]any:
		if _, ok := value["@value"]; ok {
			return
		}
		if id, ok := value["@id"].(string); ok && strings.HasPrefix(id, bnid) {
			ids[id] = true
		}
		for _, member := range value {
			collectIDs(member, ids)
		}
	case []any:
		for _, item := range value {
			collectIDs(item, ids)
		}
	}
}

func holdsID(q rdfc.Quad) bool {
	return slices.ContainsFunc([]rdfc.Term{q.Subject, q.Predicate, q.Object, q.Graph}, func(t rdfc.Term) bool {
		return t.Kind == rdfc.IRI && strings.HasPrefix(t.Value, bnid) || strings.HasPrefix(t.Datatype, bnid)
	})
}

// convertNamed returns the statements of a document with ids for blank nodes,
// and makes them labels again.
func convertNamed(object map[string]any, expanded []any) ([]rdfc.Quad, error) {
	quads, err := convert(object, expanded, false)
	if err != nil {
		return nil, err
	}
	l := labeller{}
	for i := range slices.Backward(quads) {
		if err := l.relabel(&quads[i]); err != nil {
			return nil, err
		}
	}
	return quads, nil
}

// labeller labels blank nodes so that they keep their labels in parts of the
// document. What has no place for an id, a cell of a list or a graph, gets one
// by the statement that leads to it, which the converter writes after all that
// it leads to.
type labeller map[string]string // by the label that the converter gave

func (l labeller) relabel(q *rdfc.Quad) error {
	if err := l.term(&q.Subject); err != nil {
		return err
	}
	if q.Object.Kind == rdfc.Blank && l[q.Object.Value] == "" {
		sum := sha256.Sum256([]byte(q.Subject.Value + " " + q.Predicate.Value))
		l[q.Object.Value] = hex.EncodeToString(sum[:])
	}
	if err := l.term(&q.Object); err != nil {
		return err
	}
	return l.term(&q.Graph)
}

func (l labeller) term(t *rdfc.Term) error {
	switch t.Kind {
	case rdfc.IRI:
		if label, ok := strings.CutPrefix(t.Value, bnid); ok {
			*t = rdfc.Term{Kind: rdfc.Blank, Value: label}
		}
	case rdfc.Blank:
		label, ok := l[t.Value]
		if !ok {
			return fmt.Errorf("%w: it has no place for an id", ErrInvalid)
		}
		t.Value = label
	}
	return nil
}

// isomorphic tells whether two lists of statements, which follow the same
// order, differ in the labels of blank nodes alone.
func isomorphic(a, b []rdfc.Quad) bool {
	to, from := map[string]string{}, map[string]string{}
	same := func(x, y rdfc.Term) bool {
		if x.Kind != rdfc.Blank || y.Kind != rdfc.Blank {
			return x == y
		}
		if _, ok := to[x.Value]; !ok && from[y.Value] == "" {
			to[x.Value], from[y.Value] = y.Value, x.Value
		}
		return to[x.Value] == y.Value && from[y.Value] == x.Value
	}
	return slices.EqualFunc(a, b, func(p, q rdfc.Quad) bool {
		return same(p.Subject, q.Subject) && same(p.Predicate, q.Predicate) && same(p.Object, q.Object) && same(p.Graph, q.Graph)
	})
}
