package sdjwt

import (
	"crypto"
	"crypto/ecdsa"
	"fmt"

	"github.com/chancery-vc/chancery/internal/jwa"
)

// sign returns the JWT of claims, in the compact serialization.
func sign(s jwa.Signer, header map[string]any, claims any) (string, error) {
	payload, err := encode(claims)
	if err != nil {
		return "", err
	}
	return profile.SignToken(s, header, payload)
}

// checkSigner wants s to have a key for its algorithm.
func checkSigner(s jwa.Signer) error {
	if s.Key == nil {
		return fmt.Errorf("%w: there is no signer", ErrKey)
	}
	return profile.Check(s.Algorithm, []string{s.Algorithm}, s.Key.Public())
}

// sameKey tells whether two public keys are one.
func sameKey(a, b crypto.PublicKey) bool {
	if p, ok := a.(*ecdsa.PublicKey); ok && p == nil {
		return false
	}
	key, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && key.Equal(b)
}
