// Package jsonld turns a JSON-LD document into the hash of its canonical RDF
// form: bytes in, hash out.
//
// Expansion is json-gold's, with a closed context loader. What expansion or
// the conversion to RDF would leave out is an error here, because it would be
// in the document without being under its signature: undefined terms,
// relative IRIs, null, empty arrays, repeated values, members of JSON-LD that
// RDF cannot say. The conversion to RDF is ours for that reason; json-gold's
// drops such statements without a word.
//
// Documents and their proofs name contexts by URL, at the top level only and at
// that of the credentials in a presentation; contexts can allow definitions of
// the document's own. Members are named by terms, so that who reads the JSON
// misses nothing that is signed; the labels of blank nodes, which are not, are
// refused.
//
// Source: JSON-LD 1.1 Processing Algorithms and API, sections 5.1 (expansion)
// and 8.1 (deserialization to RDF); RDF Dataset Canonicalization 1.0. Errors
// wrap [ErrInvalid] or rdfc.ErrTooComplex.
package jsonld

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"maps"

	"github.com/piprate/json-gold/ld"

	"github.com/chancery-vc/chancery/internal/rdfc"
	"github.com/chancery-vc/chancery/internal/strictjson"
)

// ErrInvalid is the kind of every error about the document itself.
var ErrInvalid = errors.New("not JSON-LD that can be secured")

// ErrInline says that the document defines terms of its own where that is not
// allowed.
var ErrInline = fmt.Errorf("%w: it says itself what its terms mean, which this kind of signature does not cover", ErrInvalid)

// Contexts gives the parsed context document at a URL, or refuses. It must
// not fetch.
type Contexts interface {
	Document(url string) (any, error)
	// Inline tells whether documents may define terms of their own besides.
	Inline() bool
	// Derived returns what build makes of the contexts for key, and may keep it.
	Derived(key string, build func() (any, error)) (any, error)
}

// Hash returns the digest of the canonical N-Quads form of document.
func Hash(ctx context.Context, document []byte, contexts Contexts, hash crypto.Hash) ([]byte, error) {
	nquads, err := Canonicalize(ctx, document, contexts, hash)
	if err != nil {
		return nil, err
	}
	h := hash.New()
	h.Write(nquads)
	return h.Sum(nil), nil
}

// Canonicalize returns the canonical N-Quads form of document. The hash is
// the one that the canonicalization itself uses.
func Canonicalize(ctx context.Context, document []byte, contexts Contexts, hash crypto.Hash) ([]byte, error) {
	quads, err := ToRDF(document, contexts)
	if err != nil {
		return nil, err
	}
	return rdfc.Canonicalize(ctx, quads, rdfc.Options{Hash: hash})
}

// ToRDF returns the statements that document makes.
func ToRDF(document []byte, contexts Contexts) ([]rdfc.Quad, error) {
	return statements(document, contexts, false)
}

// Check wants document to be JSON-LD of which no word is without a meaning,
// for who signs the JSON itself: its inline contexts and the direction of its
// texts, which RDF does not hold, are signed there.
func Check(document []byte, contexts Contexts) error {
	_, err := statements(document, inline{contexts}, true)
	return err
}

type inline struct{ Contexts }

func (inline) Inline() bool { return true }

func statements(document []byte, contexts Contexts, direction bool) ([]rdfc.Quad, error) {
	object, err := parse(document)
	if err != nil {
		return nil, err
	}
	expanded, err := expandWhole(object, contexts)
	if err != nil {
		return nil, err
	}
	return convert(object, expanded, direction)
}

func parse(document []byte) (map[string]any, error) {
	object, err := strictjson.ParseObject(document, strictjson.Limits{Bytes: MaxBytes})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return object, nil
}

// expandWhole returns the expanded form of a document of which expansion drops
// nothing.
func expandWhole(object map[string]any, contexts Contexts) ([]any, error) {
	in := leaves(object)
	if in > MaxQuads {
		return nil, fmt.Errorf("%w: more than %d values", ErrInvalid, MaxQuads)
	}
	if err := checkContexts(object, contexts, in); err != nil {
		return nil, err
	}
	if err := checkNames(object); err != nil {
		return nil, err
	}
	expanded, err := expand(object, contexts)
	if err != nil {
		return nil, err
	}
	if out := expandedLeaves(expanded); in != out {
		return nil, fmt.Errorf("%w: %d values, of which expansion keeps %d (null, an empty array or a value that no context defines)", ErrInvalid, in, out)
	}
	return expanded, nil
}

// convert returns the statements of a document in its expanded form.
func convert(object map[string]any, expanded []any, direction bool) ([]rdfc.Quad, error) {
	c := &converter{direction: direction}
	root, err := c.document(expanded)
	if err != nil {
		return nil, err
	}
	if err := checkOwn(object, root, c.quads); err != nil {
		return nil, err
	}
	return c.quads, nil
}

// expand returns the expanded form of a document.
func expand(object map[string]any, contexts Contexts) (expanded []any, err error) {
	// json-gold asserts the types of some of what it reads.
	defer func() {
		if fault := recover(); fault != nil {
			expanded, err = nil, fmt.Errorf("%w: it cannot be expanded", ErrInvalid)
		}
	}()
	if ownTerms(object) > 0 {
		mended, err := repairedWithin(object)
		if err != nil {
			return nil, err
		}
		object = mended.(map[string]any)
	}
	options := ld.NewJsonLdOptions("")
	options.ProcessingMode = ld.JsonLd_1_1
	options.DocumentLoader = loader{contexts}
	options.SafeMode = true
	active, err := activeContext(object["@context"], options, contexts)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, unwrap(err))
	}
	body := maps.Clone(object)
	delete(body, "@context")
	out, err := ld.NewJsonLdApi().Expand(active, "", body, options, false, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, unwrap(err))
	}
	if out == nil {
		return nil, nil
	}
	return asArray(out), nil
}

// unwrap returns the cause that json-gold's error carries beside its code, so
// that callers can recognize the loader's own errors.
func unwrap(err error) error {
	var coded *ld.JsonLdError
	if errors.As(err, &coded) {
		if cause, ok := coded.Details.(error); ok {
			return cause
		}
	}
	return err
}
