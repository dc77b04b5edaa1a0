package jwa

import (
	"crypto"
	"crypto/ecdsa"
	"fmt"
	"math/big"
)

// Verify verifies the signature of a token by the algorithm called name, which
// [Profile.Check] has found to be right for key.
func (p *Profile) Verify(token, name string, key crypto.PublicKey) error {
	if _, err := p.algorithm(name); err != nil {
		return err
	}
	t, err := Parse([]byte(token))
	if err != nil {
		return fmt.Errorf("%w: %w", p.ErrMalformed, err)
	}
	return p.VerifyToken(t, name, key)
}

// VerifyToken does what [Profile.Verify] does to a token that was parsed.
func (p *Profile) VerifyToken(t *Token, name string, key crypto.PublicKey) error {
	a, err := p.algorithm(name)
	if err != nil {
		return err
	}
	if !a.fits(key) {
		return fmt.Errorf("%w: a %T for %s", p.ErrKey, key, name)
	}
	if err := t.checkHeader(name); err != nil {
		return fmt.Errorf("%w: %w", p.ErrMalformed, err)
	}
	if !a.verifies(key, t.signed, t.signature) {
		return p.ErrSignature
	}
	return nil
}

// verifies tells whether signature is one of message by key, which fits.
func (a algorithm) verifies(key crypto.PublicKey, message, signature []byte) bool {
	if a.hash == 0 {
		return a.verify(key, message, signature)
	}
	if len(signature) != 2*a.size {
		return false
	}
	state := a.hash.New()
	state.Write(message)
	r, s := new(big.Int).SetBytes(signature[:a.size]), new(big.Int).SetBytes(signature[a.size:])
	return ecdsa.Verify(key.(*ecdsa.PublicKey), state.Sum(nil), r, s)
}
