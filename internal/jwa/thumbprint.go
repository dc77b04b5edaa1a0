package jwa

import (
	"crypto"
	"fmt"

	"github.com/go-jose/go-jose/v4"
)

// Thumbprint returns the SHA-256 thumbprint (RFC 7638) of a key of P-256,
// P-384, P-521 or Ed25519.
func Thumbprint(key crypto.PublicKey) ([]byte, error) {
	sum, err := (&jose.JSONWebKey{Key: key}).Thumbprint(crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("thumbprint of a %T: %w", key, err)
	}
	return sum, nil
}
