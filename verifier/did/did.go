// Package did resolves identifiers of issuers and holders to the keys that
// their controller documents list.
//
// An identifier is a DID (did:key, did:jwk, did:web) or an https URL; what it
// resolves to is a [Document]. A resolver answers from what it was given:
// nothing here reaches a network but through a function that the caller
// passes in, for which [Fetcher] is the one to take. [VerifyX5C] finds a key
// by a chain of certificates instead.
//
// Keys have the types of the standard library, ed25519.PublicKey,
// *ecdsa.PublicKey and *ecdh.PublicKey, or are an *mldsa.PublicKey of
// filippo.io/mldsa. A key of another curve resolves, to a value that no
// signature can be verified with unless a suite knows it.
//
// Errors wrap [ErrUnknown], [ErrInvalid], [ErrMethod] or [ErrCertificate];
// [CodeOf] says what the DID texts call them.
//
// Source: Controlled Identifiers 1.0, sections 2 and 3.3; Decentralized
// Identifiers 1.0, section 3; The did:key Method; did:jwk Method
// Specification; did:web Method Specification, section 3; DID Resolution 1.0,
// "Errors"; RFC 7517; RFC 9964, section 3; RFC 5280.
package did

import (
	"context"
	"errors"
	"fmt"
)

// Errors that callers can tell apart with [errors.Is].
var (
	ErrUnknown = errors.New("the controller document of this identifier is not here")
	ErrInvalid = errors.New("not a usable controller document")
	ErrMethod  = errors.New("the verification method is not listed by its controller for this purpose")
)

// Resolver gives the controller document of an identifier.
type Resolver interface {
	Resolve(ctx context.Context, id string) (*Document, error)
}

// Pinned resolves the documents that it was given.
type Pinned struct{ documents map[string]*Document }

var _ Resolver = Pinned{}

// NewPinned returns a resolver of documents.
func NewPinned(documents ...*Document) Pinned {
	p := Pinned{documents: map[string]*Document{}}
	for _, d := range documents {
		p.documents[d.ID] = d
	}
	return p
}

// Resolve returns the document of id if it was given.
func (p Pinned) Resolve(_ context.Context, id string) (*Document, error) {
	if d, ok := p.documents[id]; ok {
		return d, nil
	}
	return nil, fmt.Errorf("%w: %.120s", ErrUnknown, id)
}

// First asks resolvers in order until one knows the identifier.
type First []Resolver

var _ Resolver = First{}

// Resolve returns the first answer that is not [ErrUnknown]. If there is none,
// it tells why of the first resolver that looked and did not find.
func (f First) Resolve(ctx context.Context, id string) (*Document, error) {
	var unknown error
	for _, r := range f {
		d, err := r.Resolve(ctx, id)
		if !errors.Is(err, ErrUnknown) {
			return d, err
		}
		if unknown == nil || CodeOf(unknown) != NotFound {
			unknown = err
		}
	}
	if unknown == nil {
		unknown = fmt.Errorf("%w: %.120s", ErrUnknown, id)
	}
	return nil, unknown
}
