package sdjwt

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	_ "crypto/sha256" // the hashes of the table
	_ "crypto/sha512"
	"fmt"
	"slices"
)

// Signature algorithms (RFC 7518, section 3.4; RFC 8037, section 3.1; RFC
// 9864).
const (
	ES256   = "ES256"
	ES384   = "ES384"
	ES512   = "ES512"
	EdDSA   = "EdDSA" // with Ed25519 only
	Ed25519 = "Ed25519"
)

// algorithm is a signature algorithm, for keys of one curve.
type algorithm struct {
	name  string
	curve elliptic.Curve // nil for Ed25519
	hash  crypto.Hash    // 0 where the signature has its own
}

// algorithms are those that a caller can allow. All are for key pairs: with a
// shared secret, who verifies could sign.
func algorithms() []algorithm {
	return []algorithm{
		{ES256, elliptic.P256(), crypto.SHA256},
		{ES384, elliptic.P384(), crypto.SHA384},
		{ES512, elliptic.P521(), crypto.SHA512},
		{EdDSA, nil, 0},
		{Ed25519, nil, 0},
	}
}

func algorithmOf(name string) (algorithm, error) {
	for _, a := range algorithms() {
		if a.name == name {
			return a, nil
		}
	}
	return algorithm{}, fmt.Errorf("%w: %.20q is not known here", ErrAlgorithm, name)
}

// fits tells whether key is one for this algorithm.
func (a algorithm) fits(key crypto.PublicKey) error {
	switch key := key.(type) {
	case ed25519.PublicKey:
		if a.curve == nil && len(key) == ed25519.PublicKeySize {
			return nil
		}
	case *ecdsa.PublicKey:
		if key != nil && a.curve != nil && key.Curve == a.curve {
			return nil
		}
	}
	return fmt.Errorf("%w: a %T for %s", ErrKey, key, a.name)
}

// checkAllowed refuses a list that names nothing, or what is not known here,
// such as "none" and the algorithms with a shared secret.
func checkAllowed(allowed []string) error {
	if len(allowed) == 0 {
		return fmt.Errorf("%w: name the signature algorithms that are allowed", ErrPolicy)
	}
	for _, name := range allowed {
		if _, err := algorithmOf(name); err != nil {
			return fmt.Errorf("%w: %w", ErrPolicy, err)
		}
	}
	return nil
}

// choose returns the algorithm that a header names, if it is among allowed and
// key is for it.
func choose(name string, allowed []string, key crypto.PublicKey) (algorithm, error) {
	if !slices.Contains(allowed, name) {
		return algorithm{}, fmt.Errorf("%w: %.20q, not one of %v", ErrAlgorithm, name, allowed)
	}
	a, err := algorithmOf(name)
	if err != nil {
		return algorithm{}, err
	}
	return a, a.fits(key)
}
