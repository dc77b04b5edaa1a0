// Package sdjwt issues, presents and verifies Selective Disclosure for JWTs:
// SD-JWT and SD-JWT+KB.
//
// An SD-JWT is a JWT that an issuer signed, followed by disclosures: the
// claims of which the JWT has only digests. A holder passes on those
// disclosures that a verifier is to see, and can add a key binding JWT, which
// shows that the holder's key is at hand now and for this verifier. A [Token]
// is all of it, in parts and unverified. [Issue], [Present] and [Bind] make
// tokens, [Verify] is the only way to a [Verified] one.
//
// Claims are in JSON, numbers among them float64: texts with members twice, or
// with numbers that a float64 cannot keep, are refused. Times are seconds since
// 1970. Which claim is meant is said by a JSON Pointer (RFC 6901) into the
// claims as they were issued: an array element that is not shown still counts.
// A claims path, as type metadata and queries have it, goes to
// [Contents.Select].
//
// Key, algorithms and types are the caller's choice, never the document's. A
// key is an ed25519.PublicKey or an *ecdsa.PublicKey of P-256, P-384 or P-521.
// No critical header parameter is understood, and none passes.
//
// Errors wrap one of the kinds below.
//
// Source: RFC 9901, sections 4, 7 and 8; RFC 7515; RFC 7519; RFC 7800, section
// 3.2; RFC 8725; RFC 9864 for the name Ed25519.
package sdjwt

import "errors"

// Errors that callers can tell apart with [errors.Is].
var (
	ErrMalformed  = errors.New("not a usable SD-JWT")
	ErrLimit      = errors.New("the SD-JWT is larger than what is looked at")
	ErrPolicy     = errors.New("it was not said what to expect")
	ErrType       = errors.New("the JWT is not of an expected type")
	ErrAlgorithm  = errors.New("the signature algorithm is not one that is allowed")
	ErrKey        = errors.New("the key does not fit the algorithm, or is not to be used for signatures")
	ErrSignature  = errors.New("the signature does not fit the JWT: it was forged or altered")
	ErrCritical   = errors.New("the JWT has a critical header parameter that is not understood")
	ErrHash       = errors.New("the hash algorithm of the disclosures is not one that is allowed")
	ErrDisclosure = errors.New("the disclosures do not fit what was signed")
	ErrTime       = errors.New("the JWT is not valid at this time")
	ErrClaim      = errors.New("a claim is missing or does not allow this use")
	ErrKeyBinding = errors.New("the key binding is not as expected")
	ErrPointer    = errors.New("the pointer does not lead to a claim that this can be done to")
)

// Caps on one token.
const (
	MaxLength      = 1 << 20  // bytes of the whole text
	MaxHeader      = 64 << 10 // bytes of a header, before base64url
	MaxDisclosures = 1000
	MaxDigests     = 4000 // with those of decoys and of what is not shown
	MaxDepth       = 64   // of the claims, with everything put in its place
	MaxSignatures  = 8    // of the general JSON serialization

	maxPointers = 4 << 20 // bytes of pointers to claims with digests, where names are long
)

// Claim names that stand for what is not in sight.
const (
	nameDigests = "_sd"     // section 4.2.4.1
	nameElement = "..."     // section 4.2.4.2
	nameHash    = "_sd_alg" // section 4.1.1
)

// Claims with a meaning for this package.
const (
	claimIssuedAt     = "iat"
	claimExpires      = "exp"
	claimNotBefore    = "nbf"
	claimAudience     = "aud"
	claimConfirmation = "cnf"
	claimNonce        = "nonce"
	claimHash         = "sd_hash"
)
