package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	_ "crypto/sha256" // the hashes of the table
	_ "crypto/sha512"
	"fmt"
	"slices"

	gojose "github.com/go-jose/go-jose/v4"
)

// Signature algorithms. Ed25519 has two names: RFC 9864 replaces EdDSA, which
// leaves the curve open, by Ed25519. The text, and all that is issued by it,
// says EdDSA, so that this is what [Sign] writes unless told otherwise; both
// are read, each if it is allowed, and both for this curve alone.
const (
	ES256   = string(gojose.ES256) // with P-256
	ES384   = string(gojose.ES384) // with P-384
	ES512   = string(gojose.ES512) // with P-521
	EdDSA   = string(gojose.EdDSA) // with Ed25519
	Ed25519 = "Ed25519"
)

// Recommended returns the algorithms to allow where there is no reason for
// others.
func Recommended() []string { return []string{ES256, ES384, ES512, EdDSA, Ed25519} }

// algorithm is a signature algorithm, for one type of key.
type algorithm struct {
	name   string
	hash   crypto.Hash                     // 0 where the signature has its own
	size   int                             // bytes of r and of s; 0 where there are none
	fits   func(key crypto.PublicKey) bool // whether key is for this algorithm
	verify func(key crypto.PublicKey) any  // what go-jose verifies with, if not the key
}

// algorithms has every algorithm. All are for key pairs: with a shared secret,
// who verifies could sign.
func algorithms() []algorithm {
	return append([]algorithm{
		{name: ES256, hash: crypto.SHA256, size: 32, fits: onCurve(elliptic.P256())},
		{name: ES384, hash: crypto.SHA384, size: 48, fits: onCurve(elliptic.P384())},
		{name: ES512, hash: crypto.SHA512, size: 66, fits: onCurve(elliptic.P521())},
		{name: EdDSA, fits: isEd25519},
		{name: Ed25519, fits: isEd25519, verify: verifyEd25519},
	}, mldsaAlgorithms()...)
}

// onCurve: RFC 7518, section 3.4 has one curve for each algorithm.
func onCurve(curve elliptic.Curve) func(crypto.PublicKey) bool {
	return func(key crypto.PublicKey) bool {
		k, ok := key.(*ecdsa.PublicKey)
		return ok && k != nil && k.Curve == curve
	}
}

func isEd25519(key crypto.PublicKey) bool {
	k, ok := key.(ed25519.PublicKey)
	return ok && len(k) == ed25519.PublicKeySize
}

// verifyEd25519 is for the name that go-jose does not know.
func verifyEd25519(key crypto.PublicKey) any {
	return verifierFunc(func(signed, signature []byte) bool {
		return ed25519.Verify(key.(ed25519.PublicKey), signed, signature)
	})
}

// verifierFunc lets go-jose verify what it has no code for.
type verifierFunc func(signed, signature []byte) bool

var _ gojose.OpaqueVerifier = verifierFunc(nil)

// VerifyPayload checks one signature.
func (f verifierFunc) VerifyPayload(signed, signature []byte, _ gojose.SignatureAlgorithm) error {
	if !f(signed, signature) {
		return ErrSignature
	}
	return nil
}

func algorithmOf(name string) (algorithm, error) {
	for _, a := range algorithms() {
		if a.name == name {
			return a, nil
		}
	}
	return algorithm{}, fmt.Errorf("%w: %.20q is not known here", ErrAlgorithm, name)
}

// checkAllowed refuses a list that names nothing, or what is not known here,
// such as "none" and the algorithms with a shared secret.
func checkAllowed(allowed []string) error {
	if len(allowed) == 0 {
		return fmt.Errorf("%w: name the algorithms that are allowed", ErrExpectation)
	}
	for _, name := range allowed {
		if _, err := algorithmOf(name); err != nil {
			return fmt.Errorf("%w: %w", ErrExpectation, err)
		}
	}
	return nil
}

// Fitting returns the algorithms that key is for, among allowed. More than one
// is a choice of names only.
func Fitting(key crypto.PublicKey, allowed []string) []string {
	var names []string
	for _, a := range algorithms() {
		if slices.Contains(allowed, a.name) && a.fits(key) {
			names = append(names, a.name)
		}
	}
	return names
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
	if !a.fits(key) {
		return algorithm{}, fmt.Errorf("%w: %T for %s", ErrKey, key, a.name)
	}
	return a, nil
}
