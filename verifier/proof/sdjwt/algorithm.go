package sdjwt

import (
	"slices"

	"github.com/chancery-vc/chancery/internal/jwa"
)

// Signature algorithms (RFC 7518, section 3.4; RFC 8037, section 3.1; RFC
// 9864).
const (
	ES256   = jwa.ES256
	ES384   = jwa.ES384
	ES512   = jwa.ES512
	EdDSA   = jwa.EdDSA // with Ed25519 only
	Ed25519 = jwa.Ed25519
)

// Algorithms returns the algorithms that a caller can allow.
func Algorithms() []string { return slices.Clone(profile.Known) }

// profile has the algorithms that a caller can allow. All are for key pairs:
// with a shared secret, who verifies could sign.
var profile = jwa.Profile{
	Known:     []string{ES256, ES384, ES512, EdDSA, Ed25519},
	ErrChoice: ErrPolicy, ErrAlgorithm: ErrAlgorithm, ErrKey: ErrKey, ErrMalformed: ErrMalformed, ErrSignature: ErrSignature,
}
