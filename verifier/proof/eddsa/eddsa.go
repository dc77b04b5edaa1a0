// Package eddsa has the cryptosuites eddsa-rdfc-2022 and eddsa-jcs-2022:
// Ed25519 over the canonical form of the proof options and of the document, in
// RDF or in JSON.
//
// What is signed is 64 bytes: SHA-256 of the canonical proof options, then
// SHA-256 of the canonical document. The proof value is the 64-byte signature
// in multibase base58-btc.
//
// Source: Data Integrity EdDSA Cryptosuites 1.0, sections 3.2 and 3.3.
package eddsa

import (
	"crypto"
	"crypto/ed25519"
	"fmt"
	"strings"

	"github.com/multiformats/go-multibase"

	"github.com/chancery-vc/chancery/verifier/proof"
)

// maxValue caps the text of a proof value: 64 bytes are at most 89 characters.
const maxValue = 96

// sign returns the proof value over hash data; signer must hold an Ed25519
// key.
func sign(signer crypto.Signer, hashData func() ([]byte, error)) (string, error) {
	if _, ok := signer.Public().(ed25519.PublicKey); !ok {
		return "", fmt.Errorf("%w: %T", proof.ErrKey, signer.Public())
	}
	message, err := hashData()
	if err != nil {
		return "", err
	}
	signature, err := signer.Sign(nil, message, crypto.Hash(0))
	if err != nil {
		return "", err
	}
	return multibase.Encode(multibase.Base58BTC, signature)
}

// verify checks the proof value against key, which must be an Ed25519 key.
func verify(key crypto.PublicKey, value string, hashData func() ([]byte, error)) error {
	public, ok := key.(ed25519.PublicKey)
	if !ok {
		return fmt.Errorf("%w: %T", proof.ErrKey, key)
	}
	signature, err := decode(value)
	if err != nil {
		return err
	}
	message, err := hashData()
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
