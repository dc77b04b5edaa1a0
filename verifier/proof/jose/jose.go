// Package jose signs and verifies credentials and presentations that are
// enveloped in a JSON Web Signature: vc+jwt, vp+jwt, vc+sd-jwt and vp+sd-jwt
// (of which package sdjwt takes care but for what the text adds), and the JWT of
// the data model 1.1.
//
// A token is the compact serialization of a JWS: header, payload and signature
// in base64url, with dots between them. The payload of vc+jwt and vp+jwt is the
// credential or presentation itself, with claims of a JWT beside its members.
// Times of claims are seconds since 1970.
//
// What a token says is not believed. The key, the algorithms that may be used
// with it and all else that is wanted are the caller's word, in an
// [Expectation]; [Peek] reads what the key can be found by. A key is an
// ed25519.PublicKey, an *ecdsa.PublicKey of P-256, P-384 or P-521 or, as an
// experiment, an *mldsa.PublicKey of filippo.io/mldsa. Keys within the header
// (jwk, jku, x5c, x5u) are not looked at. No critical header parameter is
// understood, and none passes.
//
// Other serializations, detached and unencoded payloads, and texts in base64url
// or JSON that could be read in two ways are refused.
//
// Package cose reads the other family of the same text. It is a package of its
// own as it has another encoding, with a library that not everybody needs; what
// is expected, and what was found, is said in the words of this one.
//
// Errors wrap one of the kinds below, or credential.ErrInvalid.
//
// Source: Securing Verifiable Credentials using JOSE and COSE (Recommendation,
// 2025-05-15), to which sections named in the code belong; Verifiable
// Credentials Data Model 1.1, section 6.3.1; RFC 7515; RFC 7518, section 3.4;
// RFC 7519; RFC 8037, section 3.1; RFC 8725; RFC 9864 for the name Ed25519;
// RFC 9964 for ML-DSA.
package jose

import (
	"errors"

	"github.com/chancery-vc/chancery/verifier/credential"
)

// Errors that callers can tell apart with [errors.Is].
var (
	ErrMalformed   = errors.New("not a usable token")
	ErrExpectation = errors.New("it was not said what to expect")
	ErrType        = errors.New("the token is not of the expected type")
	ErrAlgorithm   = errors.New("the signature algorithm is not one that is allowed")
	ErrKey         = errors.New("the key does not fit the algorithm, or is not to be used for signatures")
	ErrKeyID       = errors.New("the token names another key, or none")
	ErrCritical    = errors.New("the token has a critical header parameter that is not understood")
	ErrSignature   = errors.New("the signature does not fit the token: it was forged or altered")
	ErrTime        = errors.New("the token is not valid at this time")
	ErrClaim       = errors.New("a claim contradicts what is signed or expected")
)

// Caps on one token.
const (
	MaxBytes  = credential.MaxBytes/3*4 + 2*MaxHeader // of a token
	MaxHeader = 64 << 10                              // bytes of a header, before base64url
	MaxClaims = credential.MaxBytes                   // bytes of a payload, likewise
)

// Kind is what a token secures. There is no default.
type Kind string

// The kinds.
const (
	Credential   Kind = "vc"
	Presentation Kind = "vp"
)
