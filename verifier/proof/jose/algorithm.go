package jose

import (
	"crypto"

	"github.com/chancery-vc/chancery/internal/jwa"
)

// Signature algorithms. Ed25519 has two names: RFC 9864 replaces EdDSA, which
// leaves the curve open, by Ed25519. The text, and all that is issued by it,
// says EdDSA, so that this is what [Sign] writes unless told otherwise; both
// are read, each if it is allowed, and both for this curve alone.
const (
	ES256   = jwa.ES256 // with P-256
	ES384   = jwa.ES384 // with P-384
	ES512   = jwa.ES512 // with P-521
	EdDSA   = jwa.EdDSA // with Ed25519
	Ed25519 = jwa.Ed25519
)

// Signature algorithms of RFC 9964. They are an experiment, and not among
// [Recommended]: whoever wants them allows them by name.
const (
	MLDSA44 = jwa.MLDSA44
	MLDSA65 = jwa.MLDSA65
	MLDSA87 = jwa.MLDSA87
)

// Recommended returns the algorithms to allow where there is no reason for
// others.
func Recommended() []string { return []string{ES256, ES384, ES512, EdDSA, Ed25519} }

// profile has every algorithm. All are for key pairs: with a shared secret, who
// verifies could sign.
var profile = jwa.Profile{
	Known:     append(Recommended(), MLDSA44, MLDSA65, MLDSA87),
	ErrChoice: ErrExpectation, ErrAlgorithm: ErrAlgorithm, ErrKey: ErrKey, ErrMalformed: ErrMalformed, ErrSignature: ErrSignature,
}

// Fitting returns the algorithms that key is for, among allowed. More than one
// is a choice of names only.
func Fitting(key crypto.PublicKey, allowed []string) []string { return jwa.Fitting(key, allowed) }
