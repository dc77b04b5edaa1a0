package jwa

import (
	"crypto"
	"fmt"

	"github.com/go-jose/go-jose/v4"
)

// PublicJWK returns a public key of P-256, P-384, P-521 or Ed25519 as a JSON Web
// Key, with the members that its type needs and no others.
func PublicJWK(key crypto.PublicKey) ([]byte, error) {
	k := jose.JSONWebKey{Key: key}
	if !k.Valid() || !k.IsPublic() {
		return nil, fmt.Errorf("a %T is no public key for a JWK", key)
	}
	return k.MarshalJSON()
}
