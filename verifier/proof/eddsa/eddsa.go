// Package eddsa is the cryptosuite eddsa-rdfc-2022: Ed25519 over the canonical
// RDF form of the proof options and of the document.
//
// What is signed is 64 bytes: SHA-256 of the canonical proof options, then
// SHA-256 of the canonical document. The proof value is the 64-byte signature
// in multibase base58-btc.
//
// Source: Data Integrity EdDSA Cryptosuites 1.0, section 3.2.
package eddsa

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"fmt"
	"strings"

	"github.com/multiformats/go-multibase"

	"github.com/chancery-vc/chancery/internal/jsonld"
	"github.com/chancery-vc/chancery/verifier/proof"
)

// maxValue caps the text of a proof value: 64 bytes are at most 89 characters.
const maxValue = 96

// RDFC2022 is the suite.
type RDFC2022 struct{}

var _ proof.Suite = RDFC2022{}

// Cryptosuite returns "eddsa-rdfc-2022".
func (RDFC2022) Cryptosuite() string { return "eddsa-rdfc-2022" }

// Sign returns the proof value; signer must hold an Ed25519 key.
func (RDFC2022) Sign(ctx context.Context, in proof.Input, signer crypto.Signer) (string, error) {
	if _, ok := signer.Public().(ed25519.PublicKey); !ok {
		return "", fmt.Errorf("%w: %T", proof.ErrKey, signer.Public())
	}
	message, err := message(ctx, in)
	if err != nil {
		return "", err
	}
	signature, err := signer.Sign(nil, message, crypto.Hash(0))
	if err != nil {
		return "", err
	}
	return multibase.Encode(multibase.Base58BTC, signature)
}

// Verify checks the proof value against key, which must be an Ed25519 key.
func (RDFC2022) Verify(ctx context.Context, in proof.Input, key crypto.PublicKey, value string) error {
	public, ok := key.(ed25519.PublicKey)
	if !ok {
		return fmt.Errorf("%w: %T", proof.ErrKey, key)
	}
	signature, err := decode(value)
	if err != nil {
		return err
	}
	message, err := message(ctx, in)
	if err != nil {
		return err
	}
	if !ed25519.Verify(public, message, signature) {
		return proof.ErrSignature
	}
	return nil
}

func decode(value string) ([]byte, error) {
	if len(value) > maxValue || !strings.HasPrefix(value, "z") {
		return nil, fmt.Errorf("%w: proofValue is not base58-btc with the prefix z", proof.ErrMalformed)
	}
	_, signature, err := multibase.Decode(value)
	if err != nil || len(signature) != ed25519.SignatureSize {
		return nil, fmt.Errorf("%w: proofValue is not %d bytes of base58-btc", proof.ErrMalformed, ed25519.SignatureSize)
	}
	return signature, nil
}

// message: section 3.2.4, the hash of the proof options comes first.
func message(ctx context.Context, in proof.Input) ([]byte, error) {
	options, err := jsonld.Hash(ctx, in.Options, in.Contexts, crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("proof options: %w", err)
	}
	document, err := jsonld.Hash(ctx, in.Document, in.Contexts, crypto.SHA256)
	if err != nil {
		return nil, err
	}
	return append(options, document...), nil
}
