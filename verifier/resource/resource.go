// Package resource checks the digests of resources that a credential relates
// to: the bytes at hand are those that the issuer meant.
//
// Nothing is fetched. What is at hand is a list of versions, because what a
// URL stands for has been changed now and then; the contexts of the W3C have.
// One version must have every digest given.
//
// A digestSRI is one or more hash expressions of Subresource Integrity,
// "sha384-" and Base64, with spaces between them. Those with the strongest
// hash count, and one of them must fit. The text's grammar takes both alphabets
// of Base64, with padding or without, and so does this package. Options, after
// "?", say nothing about a digest.
//
// A digestMultibase is a multihash, as base64url ("u") or base58-btc ("z").
// 32 bytes alone, without the header of a multihash, are a SHA-256: issuers
// write it so, and the W3C's tests for the data model do.
//
// The hashes are in one table; others are refused, also beside a good one. All
// errors wrap [ErrMalformed] or [ErrDigest].
//
// Source: VC Data Model 2.0, section 5.3; Subresource Integrity, section 3.5;
// Content Security Policy Level 3, section 2.3.1 (base64-value); VC Data
// Integrity 1.0, section 2.6; Controlled Identifiers 1.0, sections 2.4 and 2.5.
package resource

import (
	"errors"
	"fmt"
	"slices"
)

// Errors that callers can tell apart with [errors.Is].
var (
	ErrDigest    = errors.New("the resource is not the one that the issuer meant")
	ErrMalformed = errors.New("not a usable digest")
)

// Caps on the digests of one resource.
const (
	maxText    = 2 << 10 // of one digestSRI or digestMultibase
	maxDigests = 16
)

// Check returns nil if one of versions has each of the digests: digestSRI,
// where "" stands for none, and every digestMultibase. Without a digest the
// answer is [ErrMalformed], also where versions is empty; without a version it
// is [ErrDigest].
func Check(versions [][]byte, digestSRI string, digestMultibase []string) error {
	wanted, err := parse(digestSRI, digestMultibase)
	if err != nil {
		return err
	}
	for _, version := range versions {
		if wanted.fit(version) {
			return nil
		}
	}
	return fmt.Errorf("%w: none of the %d known versions has the digest", ErrDigest, len(versions))
}

// digest is what the hash of some bytes must be.
type digest struct {
	hash hash
	sum  []byte
}

func (d digest) fit(data []byte) bool { return slices.Equal(d.hash.sum(data), d.sum) }

// digests has a list for each thing that must be true; one of the list must.
type digests [][]digest

func parse(digestSRI string, digestMultibase []string) (digests, error) {
	var wanted digests
	if digestSRI != "" {
		alternatives, err := parseSRI(digestSRI)
		if err != nil {
			return nil, fmt.Errorf("digestSRI: %w", err)
		}
		wanted = append(wanted, alternatives)
	}
	if len(digestMultibase) > maxDigests {
		return nil, fmt.Errorf("%w: more than %d digestMultibase", ErrMalformed, maxDigests)
	}
	for _, text := range digestMultibase {
		one, err := parseMultibase(text)
		if err != nil {
			return nil, fmt.Errorf("digestMultibase: %w", err)
		}
		wanted = append(wanted, []digest{one})
	}
	if len(wanted) == 0 {
		return nil, fmt.Errorf("%w: there is neither a digestSRI nor a digestMultibase", ErrMalformed)
	}
	return wanted, nil
}

func (d digests) fit(data []byte) bool {
	for _, alternatives := range d {
		if !slices.ContainsFunc(alternatives, func(one digest) bool { return one.fit(data) }) {
			return false
		}
	}
	return true
}
