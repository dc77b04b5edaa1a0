// Package mldsa has the cryptosuites mldsa44-rdfc-2024 and mldsa44-jcs-2024:
// ML-DSA-44 over the canonical form of the proof options and of the document,
// in RDF or in JSON. It is meant to hold against quantum computers.
//
// The suites are an experiment: their text is a first working draft, which says
// itself that it is not for production, and may yet change what is signed. They
// are in no table but that of suites.Experimental.
//
// What is signed is 64 bytes: SHA-256 of the canonical proof options, then
// SHA-256 of the canonical document. They are signed as they are, without
// hashing before (not HashML-DSA), and with the empty context string. The proof
// value is the 2420-byte signature in multibase base64url without padding; the
// key is a *mldsa.PublicKey of filippo.io/mldsa, of ML-DSA-44.
//
// Errors wrap [proof.ErrKey], [proof.ErrMalformed] or [proof.ErrSignature].
//
// Source: Quantum-Resistant Cryptosuites v1.0, W3C First Public Working Draft of
// 16 June 2026, adopted from the Community Group's final report of April 2026,
// "ML-DSA Cryptosuites" and "Common Algorithms"; FIPS 204, sections 5.2 and 5.3.
package mldsa

import (
	"crypto"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"filippo.io/mldsa"

	"github.com/chancery-vc/chancery/verifier/proof"
)

const (
	size   = mldsa.MLDSA44SignatureSize
	prefix = "u" // of base64url without padding, in multibase
)

// lengthValue is that of the text of every proof value.
var lengthValue = len(prefix) + encoding.EncodedLen(size)

// encoding takes one text only for each value, but for line breaks.
var encoding = base64.RawURLEncoding.Strict()

var errSigner = errors.New("the signer does not give ML-DSA-44 signatures")

func keyOf(key crypto.PublicKey) (*mldsa.PublicKey, error) {
	public, ok := key.(*mldsa.PublicKey)
	if !ok || public == nil || *public == (mldsa.PublicKey{}) {
		return nil, fmt.Errorf("%w: %T", proof.ErrKey, key)
	}
	if set := public.Parameters(); set != mldsa.MLDSA44() {
		return nil, fmt.Errorf("%w: %s", proof.ErrKey, set)
	}
	return public, nil
}

// sign returns the proof value over hash data; signer must hold a key of
// ML-DSA-44.
func sign(signer crypto.Signer, hashData func() ([]byte, error)) (string, error) {
	if _, err := keyOf(signer.Public()); err != nil {
		return "", err
	}
	message, err := hashData()
	if err != nil {
		return "", err
	}
	signature, err := signer.Sign(nil, message, &mldsa.Options{})
	if err != nil {
		return "", err
	}
	if len(signature) != size { // a signer can be a device of others
		return "", errSigner
	}
	return prefix + encoding.EncodeToString(signature), nil
}

// verify checks the proof value against key, which must be of ML-DSA-44.
func verify(key crypto.PublicKey, value string, hashData func() ([]byte, error)) error {
	public, err := keyOf(key)
	if err != nil {
		return err
	}
	signature, err := decode(value)
	if err != nil {
		return err
	}
	message, err := hashData()
	if err != nil {
		return err
	}
	if err := mldsa.Verify(public, message, signature, nil); err != nil {
		return proof.ErrSignature
	}
	return nil
}

func decode(value string) ([]byte, error) {
	text, ok := strings.CutPrefix(value, prefix)
	if !ok || len(value) != lengthValue {
		return nil, fmt.Errorf("%w: proofValue is not base64url with the prefix u, of %d characters", proof.ErrMalformed, lengthValue)
	}
	signature, err := encoding.DecodeString(text)
	if err != nil || len(signature) != size { // shorter: the decoder passed over a line break
		return nil, fmt.Errorf("%w: proofValue is not %d bytes of base64url", proof.ErrMalformed, size)
	}
	return signature, nil
}
