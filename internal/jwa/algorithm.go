package jwa

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	_ "crypto/sha256" // the hashes of the table
	_ "crypto/sha512"

	"filippo.io/mldsa"
	"github.com/go-jose/go-jose/v4"
)

// Names of the algorithms. Ed25519 has two: RFC 9864 replaces EdDSA, which
// leaves the curve open. Both are for this curve alone.
const (
	ES256   = string(jose.ES256) // with P-256
	ES384   = string(jose.ES384) // with P-384
	ES512   = string(jose.ES512) // with P-521
	EdDSA   = string(jose.EdDSA) // with Ed25519
	Ed25519 = "Ed25519"

	MLDSA44 = string(jose.MLDSA44)
	MLDSA65 = string(jose.MLDSA65)
	MLDSA87 = string(jose.MLDSA87)
)

// algorithm is a signature algorithm, for one type of key.
type algorithm struct {
	name string
	fits func(key crypto.PublicKey) bool // whether key is for this algorithm
	// ECDSA signs a hash, and its signature is r and s, of so many bytes each.
	// The others have 0, and verify.
	hash   crypto.Hash
	size   int
	verify func(key crypto.PublicKey, message, signature []byte) bool
}

// algorithms is the one table of them.
var algorithms = []algorithm{
	{name: ES256, hash: crypto.SHA256, size: 32, fits: onCurve(elliptic.P256())},
	{name: ES384, hash: crypto.SHA384, size: 48, fits: onCurve(elliptic.P384())},
	{name: ES512, hash: crypto.SHA512, size: 66, fits: onCurve(elliptic.P521())},
	{name: EdDSA, fits: isEd25519, verify: verifyEd25519},
	{name: Ed25519, fits: isEd25519, verify: verifyEd25519},
	{name: MLDSA44, fits: isMLDSA(mldsa.MLDSA44()), verify: verifyMLDSA},
	{name: MLDSA65, fits: isMLDSA(mldsa.MLDSA65()), verify: verifyMLDSA},
	{name: MLDSA87, fits: isMLDSA(mldsa.MLDSA87()), verify: verifyMLDSA},
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

func isMLDSA(set mldsa.Parameters) func(crypto.PublicKey) bool {
	return func(key crypto.PublicKey) bool {
		k, ok := key.(*mldsa.PublicKey)
		return ok && k != nil && k.Parameters() == set
	}
}

// verifyEd25519: RFC 8037, section 3.1.
func verifyEd25519(key crypto.PublicKey, message, signature []byte) bool {
	return ed25519.Verify(key.(ed25519.PublicKey), message, signature)
}

// verifyMLDSA: RFC 9964, section 4 has ML-DSA without hashing before, and
// with an empty context.
func verifyMLDSA(key crypto.PublicKey, message, signature []byte) bool {
	return mldsa.Verify(key.(*mldsa.PublicKey), message, signature, nil) == nil
}
