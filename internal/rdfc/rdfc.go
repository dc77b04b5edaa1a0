// Package rdfc puts an RDF dataset into its one canonical form, so that two
// parties who hold the same statements hash and sign the same bytes.
//
// It follows W3C RDF Dataset Canonicalization, RDFC-1.0 (Recommendation of
// 21 May 2024, https://www.w3.org/TR/rdf-canon/); sections named in the code
// are sections of that text. The input is a slice of quads; the output is an
// N-Quads document in UTF-8: a line a quad, lines in code point order, no quad
// twice, blank nodes named c14n0, c14n1 and so on.
//
// Nothing is dropped or repaired. A term that has no canonical N-Quads form (a
// relative IRI, a literal as subject, text that is not UTF-8, and so on) is
// [ErrInvalid], for what is left out of the document is left out of the
// signature.
//
// Datasets can be made to keep the algorithm busy for ever (section 7.1,
// dataset poisoning): quads and bytes are capped ([ErrTooLarge]), and so is the
// search through blank nodes that look alike ([ErrTooComplex]).
//
// One weakness is the standard's own. The hash of a related blank node (section
// 4.7) tells neither the graph nor the other components of the quad; where
// blank nodes are joined outside the default graph, two that differ can tie,
// and the document then hangs on the order of the quads. Even so it states the
// dataset given and no other.
package rdfc

import (
	"cmp"
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"hash"
)

// What a dataset may cost when [Options] does not say otherwise.
const (
	// DefaultMaxQuads is the most quads in a dataset, duplicates included.
	DefaultMaxQuads = 1 << 16
	// DefaultMaxBytes is the most bytes the quads may take as N-Quads. Quads
	// share terms, so a small input can be a long document.
	DefaultMaxBytes = 16 << 20
	// DefaultWork is the most steps of Hash N-Degree Quads: see [Options].
	DefaultWork = 1 << 18
)

var (
	// ErrInvalid means that a quad has no canonical N-Quads form.
	ErrInvalid = errors.New("not a valid RDF quad")
	// ErrTooLarge means that the dataset has more quads or bytes than allowed.
	ErrTooLarge = errors.New("dataset is larger than the limit")
	// ErrTooComplex means that the dataset's blank nodes are too much alike to
	// be told apart within the work limit.
	ErrTooComplex = errors.New("blank nodes are too much alike to be told apart within the work limit; give them identifiers")
	// ErrHash means that the hash algorithm asked for is not one of RDFC-1.0's.
	ErrHash = errors.New("hash algorithm is neither SHA-256 nor SHA-384")
)

// Options are the hash algorithm and the limits. The zero value is the
// standard's default hash and the default limits.
type Options struct {
	// Hash is crypto.SHA256 (the default) or crypto.SHA384. It names blank
	// nodes only; the caller chooses how the document itself is hashed.
	Hash crypto.Hash
	// MaxQuads caps the quads given; zero means DefaultMaxQuads.
	MaxQuads int
	// MaxBytes caps their size as N-Quads, with the labels that they came with;
	// zero means DefaultMaxBytes.
	MaxBytes int
	// Work caps the steps of Hash N-Degree Quads (section 4.8) over the whole
	// dataset; zero means DefaultWork. A call is a step, and so is a related
	// blank node hashed or given a place in a permutation; predicates and paths
	// that are very long count as more. A dataset whose first degree hashes are
	// all different takes none.
	Work int
}

// Canonicalize returns the serialized canonical form of the dataset (section
// 5). Quads given twice count once.
func Canonicalize(ctx context.Context, quads []Quad, opt Options) ([]byte, error) {
	document, _, err := CanonicalizeWithLabels(ctx, quads, opt)
	return document, err
}

// CanonicalizeWithLabels is [Canonicalize] that also returns the issued
// identifiers map: from each blank node's label in quads to its canonical one,
// both without "_:".
func CanonicalizeWithLabels(ctx context.Context, quads []Quad, opt Options) ([]byte, map[string]string, error) {
	c, err := newCanonicalizer(ctx, quads, opt)
	if err == nil {
		err = c.label(ctx)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("canonicalizing the dataset: %w", err)
	}
	return c.document(), c.issued(), nil
}

func newHash(algorithm crypto.Hash) (hash.Hash, error) {
	switch cmp.Or(algorithm, crypto.SHA256) {
	case crypto.SHA256:
		return sha256.New(), nil
	case crypto.SHA384:
		return sha512.New384(), nil
	default:
		return nil, ErrHash
	}
}
