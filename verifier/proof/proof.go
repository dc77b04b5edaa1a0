// Package proof reads, makes and checks Data Integrity proofs.
//
// A secured document is a JSON object with a "proof" member; the unsecured
// document is the same object without it. Each cryptosuite is a [Suite] in a
// package of its own below this one, with sign and verify side by side if it
// is a [SigningSuite]; a [Table] holds the suites that a caller allows.
//
// Source: Verifiable Credential Data Integrity 1.0, sections 2.1 and 4.
package proof

import (
	"context"
	"crypto"
	"errors"

	"github.com/chancery-vc/chancery/schemas"
)

// Errors that callers can tell apart with [errors.Is].
var (
	ErrMissing   = errors.New("it has no proof")
	ErrMalformed = errors.New("the proof is malformed")
	ErrSuite     = errors.New("the cryptosuite is not one that is allowed")
	ErrKey       = errors.New("the key does not fit the cryptosuite")
	ErrSignature = errors.New("the signature does not fit the document: it was forged or altered")
	ErrBase      = errors.New("it is the base proof, which only the holder may have: derive a proof of what is to be shown")
	ErrPointer   = errors.New("the pointers do not select parts of the document")
)

// Purposes of proofs in use here.
const (
	AssertionMethod = "assertionMethod"
	Authentication  = "authentication"
)

// MaxProofs caps the proofs of one document.
const MaxProofs = 8

// Input is what a suite signs: an unsecured document, and the proof options,
// which are the proof without its value.
type Input struct {
	Document []byte
	Options  []byte
	Contexts *schemas.Contexts
}

// OptionsInContext returns the options with the @context of the document, by
// which RDF reads them.
func (in Input) OptionsInContext() ([]byte, error) {
	document, err := members(in.Document)
	if err != nil {
		return nil, err
	}
	options, err := members(in.Options)
	if err != nil {
		return nil, err
	}
	options = without(options, "@context")
	if context := find(document, "@context"); context != nil {
		options = append([]member{{Name: "@context", Value: context}}, options...)
	}
	return join(options)
}

// Suite is one cryptosuite: what checks proofs of one kind.
type Suite interface {
	// Type returns the type of its proofs: [TypeDataIntegrity], or for a suite
	// older than that one of its own.
	Type() string
	// Cryptosuite returns the identifier, such as "eddsa-rdfc-2022". It is empty
	// if and only if the type is the suite's own.
	Cryptosuite() string
	// Verify returns nil only if value is the signature of key over in.
	Verify(ctx context.Context, in Input, key crypto.PublicKey, value string) error
}

// SigningSuite is a suite that makes proofs, too. One that is not is for
// reading only.
type SigningSuite interface {
	Suite
	// ContextInProof tells whether a proof carries the document's @context.
	ContextInProof() bool
	// Sign returns the proof value.
	Sign(ctx context.Context, in Input, signer crypto.Signer) (string, error)
}
