// Package did resolves identifiers of issuers and holders to the keys that
// their controller documents list.
//
// A resolver answers from what it was given; nothing here reaches a network.
// Errors wrap [ErrUnknown], [ErrInvalid] or [ErrMethod].
//
// Source: Controlled Identifiers 1.0, sections 2 and 3.3; The did:key Method;
// did:web Method Specification, section 3.2.
package did

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"strings"

	"github.com/chancery-vc/chancery/internal/multikey"
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

// Key resolves did:key identifiers, which hold their own key.
type Key struct{}

var _ Resolver = Key{}

// Resolve returns the document that id stands for.
func (Key) Resolve(_ context.Context, id string) (*Document, error) {
	if !strings.HasPrefix(id, multikey.DIDPrefix) {
		return nil, fmt.Errorf("%w: %.120s", ErrUnknown, id)
	}
	key, err := multikey.FromDID(id)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return NewDocument(id, key)
}

// FromKey returns the did:key identifier of key and the DID URL of its only
// verification method.
func FromKey(key crypto.PublicKey) (id, method string, err error) {
	return multikey.DID(key)
}

// KeyFrom returns the public key that a did:key identifier stands for.
func KeyFrom(id string) (crypto.PublicKey, error) {
	key, err := multikey.FromDID(id)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return key, nil
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

// Resolve returns the first answer that is not [ErrUnknown].
func (f First) Resolve(ctx context.Context, id string) (*Document, error) {
	for _, r := range f {
		d, err := r.Resolve(ctx, id)
		if !errors.Is(err, ErrUnknown) {
			return d, err
		}
	}
	return nil, fmt.Errorf("%w: %.120s", ErrUnknown, id)
}
