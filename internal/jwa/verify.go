package jwa

import (
	"crypto"
	"fmt"

	"github.com/go-jose/go-jose/v4"
)

// Verify verifies the signature of a token by the algorithm called name, which
// [Profile.Check] has found to be right for key.
func (p *Profile) Verify(token, name string, key crypto.PublicKey) error {
	a, err := p.algorithm(name)
	if err != nil {
		return err
	}
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(name)})
	if err != nil {
		return fmt.Errorf("%w: %w", p.ErrMalformed, err)
	}
	var verifier any = key
	if a.verify != nil {
		verifier = a.verify(key)
	}
	if _, err := signed.Verify(verifier); err != nil {
		return p.ErrSignature
	}
	return nil
}

// verifierFunc lets go-jose verify what it has no code for.
type verifierFunc func(signed, signature []byte) bool

var _ jose.OpaqueVerifier = verifierFunc(nil)

// VerifyPayload checks one signature.
func (f verifierFunc) VerifyPayload(signed, signature []byte, _ jose.SignatureAlgorithm) error {
	if !f(signed, signature) {
		return jose.ErrCryptoFailure
	}
	return nil
}
