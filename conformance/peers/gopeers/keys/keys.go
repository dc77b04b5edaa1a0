// Package keys makes the keys of the peers that sign tokens.
package keys

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
)

// Key is a new key with the one algorithm of JOSE that it is for.
type Key struct {
	Name, Algorithm string
	Private         crypto.Signer
}

// New makes one key of each type.
func New() ([]Key, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	all := []Key{{"Ed25519", "EdDSA", private}}
	for _, c := range []struct {
		algorithm string
		curve     elliptic.Curve
	}{{"ES256", elliptic.P256()}, {"ES384", elliptic.P384()}, {"ES512", elliptic.P521()}} {
		private, err := ecdsa.GenerateKey(c.curve, rand.Reader)
		if err != nil {
			return nil, err
		}
		all = append(all, Key{c.curve.Params().Name, c.algorithm, private})
	}
	return all, nil
}
