// Package selective cuts parts out of JSON-LD documents by JSON pointers, and
// gives the same names to their blank nodes as the whole has, so that a
// signature for each statement of the whole serves for the part.
//
// [Canonicalize] returns the statements of a document: lines of canonical
// N-Quads, in the order of their bytes, in which a [LabelMap] chose the labels
// of blank nodes. [Document.Select] selects some of them, and [Selection.Reveal]
// returns the part as a document of its own, with the labels for who receives
// it, who calls [Relabel].
//
// It is a package of its own, beside those of the suites, because the suites
// for selective disclosure share it (ecdsa-sd-2023 and bbs-2023) and nothing
// else needs it; what it knows of JSON-LD is in internal/jsonld.
//
// A selection never says what the whole does not: a pointer that cuts something
// which only has a meaning as a whole, an ordered list or a JSON literal, is
// refused, where the text would pass over it and the derived proof not verify.
//
// Source: Data Integrity ECDSA Cryptosuites 1.0, section 3.4; Data Integrity
// BBS Cryptosuites 1.0, section 3.2 (the shuffled labels); RFC 6901.
package selective

import (
	"context"
	"crypto"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/jsonld"
	"github.com/chancery-vc/chancery/internal/rdfc"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/proof"
)

// MaxPointers caps the pointers of one selection.
const MaxPointers = 1000

// Document is a document in the form that is signed.
type Document struct {
	// Statements are lines of canonical N-Quads, sorted.
	Statements []string

	named  *jsonld.Skolemized
	labels map[string]string // in Statements, by the label in named
	index  map[string]int    // of Statements
}

// Canonicalize returns the statements of document (section 3.4.16, up to the
// groups).
func Canonicalize(ctx context.Context, document []byte, contexts *schemas.Contexts, labels LabelMap) (*Document, error) {
	named, err := jsonld.Skolemize(document, contexts)
	if err != nil {
		return nil, err
	}
	issued, err := canonicalLabels(ctx, named.Quads)
	if err != nil {
		return nil, err
	}
	d := &Document{named: named, labels: labels(issued), index: map[string]int{}}
	if d.Statements, err = lines(named.Quads, d.labels); err != nil {
		return nil, err
	}
	for i, line := range d.Statements {
		d.index[line] = i
	}
	return d, nil
}

// canonicalLabels returns the issued identifiers map of RDFC-1.0 with SHA-256,
// which is the hash of every suite that discloses selectively.
func canonicalLabels(ctx context.Context, quads []rdfc.Quad) (map[string]string, error) {
	_, issued, err := rdfc.CanonicalizeWithLabels(ctx, quads, rdfc.Options{Hash: crypto.SHA256})
	return issued, err
}

// lines returns quads, each once, with other labels (sections 3.4.1 and
// 3.4.14).
func lines(quads []rdfc.Quad, labels map[string]string) ([]string, error) {
	all := make([]string, len(quads))
	for i, q := range quads {
		for _, term := range []*rdfc.Term{&q.Subject, &q.Object, &q.Graph} {
			if term.Kind == rdfc.Blank {
				term.Value = labels[term.Value]
			}
		}
		var err error
		if all[i], err = q.Line(); err != nil {
			return nil, err
		}
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// Selection is a part of a document.
type Selection struct {
	// Matching are the indexes of its statements among the document's, in
	// ascending order.
	Matching []int

	of    *Document
	part  map[string]any // of the document; nil where no pointer selects
	quads []rdfc.Quad    // by the labels of of.named
}

// Select returns the part of the document that pointers select, which is
// nothing where there are none (sections 3.4.13 and 3.4.15).
func (d *Document) Select(pointers []string) (*Selection, error) {
	s := &Selection{of: d}
	if len(pointers) == 0 {
		return s, nil
	}
	t, err := newTree(d.named.Document, pointers)
	if err != nil {
		return nil, err
	}
	s.part = t.object(d.named.Document)
	if s.quads, err = d.named.Statements(t.object(d.named.Named)); err != nil {
		return nil, fmt.Errorf("the part that the pointers select: %w", err)
	}
	selected, err := lines(s.quads, d.labels)
	if err != nil {
		return nil, err
	}
	for _, line := range selected {
		i, ok := d.index[line]
		if !ok {
			return nil, fmt.Errorf("%w: one cuts an ordered list, a JSON value or a text with its language, which can only be disclosed whole", proof.ErrPointer)
		}
		s.Matching = append(s.Matching, i)
	}
	return s, nil
}

// Split returns the statements of the document that are selected, and the rest.
func (s *Selection) Split() (selected, rest []string) {
	return split(s.of.Statements, s.Matching)
}

// Split parts statements by the indexes, in ascending order, that a derived
// proof has of the mandatory ones.
func Split(statements []string, indexes []int) (mandatory, rest []string, err error) {
	if n := len(indexes); n > 0 && indexes[n-1] >= len(statements) {
		return nil, nil, fmt.Errorf("%w (there is no statement %d)", proof.ErrSignature, indexes[n-1])
	}
	mandatory, rest = split(statements, indexes)
	return mandatory, rest, nil
}

func split(statements []string, indexes []int) (selected, rest []string) {
	for i, statement := range statements {
		if _, ok := slices.BinarySearch(indexes, i); ok {
			selected = append(selected, statement)
		} else {
			rest = append(rest, statement)
		}
	}
	return selected, rest
}

// Reveal returns the part as a document, and the label map for who verifies
// it: from the labels of the canonical form of that document to those of the
// statements.
func (s *Selection) Reveal(ctx context.Context) ([]byte, map[string]string, error) {
	if s.part == nil {
		return nil, nil, fmt.Errorf("%w: there is none, so that nothing is disclosed", proof.ErrPointer)
	}
	issued, err := canonicalLabels(ctx, s.quads)
	if err != nil {
		return nil, nil, err
	}
	labels := make(map[string]string, len(issued))
	for label, canonical := range issued {
		labels[canonical] = s.of.labels[label]
	}
	document, err := json.Marshal(s.part, json.Deterministic(true))
	return document, labels, err
}

// Relabel returns the statements of a document by the label map that came with
// it (section 3.4.2). The map must have each of the document's canonical
// labels, and no other, and give no two of them the same label: that would
// tell two nodes apart of which one was signed.
func Relabel(ctx context.Context, document []byte, contexts *schemas.Contexts, labels map[string]string) ([]string, error) {
	quads, err := jsonld.ToRDF(document, contexts)
	if err != nil {
		return nil, err
	}
	issued, err := canonicalLabels(ctx, quads)
	if err != nil {
		return nil, err
	}
	if len(labels) != len(issued) {
		return nil, fmt.Errorf("%w (%d labels for %d blank nodes)", proof.ErrSignature, len(labels), len(issued))
	}
	taken := make(map[string]bool, len(labels))
	next := make(map[string]string, len(labels))
	for label, canonical := range issued {
		given, ok := labels[canonical]
		if !ok || taken[given] {
			return nil, fmt.Errorf("%w: its labels do not tell the blank nodes apart", proof.ErrMalformed)
		}
		next[label], taken[given] = given, true
	}
	return lines(quads, next)
}
