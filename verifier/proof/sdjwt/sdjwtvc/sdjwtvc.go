// Package sdjwtvc issues and verifies SD-JWT-based Verifiable Digital
// Credentials (SD-JWT VC), of media type application/dc+sd-jwt.
//
// One is an SD-JWT with a type, the claim vct, some claims that cannot be
// withheld, and an issuer whose key is found by one of the mechanisms that the
// caller permits: [X5C], a chain of certificates in the header, or [Metadata],
// what the issuer has at /.well-known/jwt-vc-issuer. The holder's part,
// presenting and binding, is that of package sdjwt.
//
// Type metadata are documents that say what a type's claims mean. They are
// given as bytes; nothing but [Metadata] ever fetches, and only through the
// function that it was given. Whether an address leads into a network that
// none should reach through us is for that function's transport to see.
//
// The status is read, not judged: whoever has the list does that.
//
// Errors wrap one of the kinds below, or one of package sdjwt or did.
//
// Source: draft-ietf-oauth-sd-jwt-vc, in the text of 21 August 2026 (after
// -18) and as -13, which HAIP 1.0 names; sections are called by their titles,
// as their numbers differ. What is done where the two differ stands in
// docs/divergences.md.
package sdjwtvc

import "errors"

// Errors that callers can tell apart with [errors.Is].
var (
	ErrModel          = errors.New("not a usable SD-JWT VC")
	ErrCredential     = errors.New("the credential is not of an expected type")
	ErrIssuer         = errors.New("the issuer is not the one that is expected, or not who signed")
	ErrNoKey          = errors.New("no permitted way leads to the key of the issuer")
	ErrMetadata       = errors.New("not usable metadata of an issuer")
	ErrTypeMetadata   = errors.New("the type metadata do not allow this credential")
	ErrNoTypeMetadata = errors.New("the type metadata were not given")
)

// Values of typ.
const (
	Type      = "dc+sd-jwt"
	OlderType = "vc+sd-jwt" // of drafts until November 2024; VC-JOSE-COSE has it for something else
)

// Caps on what is read besides the credential.
const (
	MaxKeys      = 100
	MaxExtends   = 8         // types in a chain of type metadata
	MaxMetadata  = 256 << 10 // bytes of one document
	MaxClaims    = 500       // claims with metadata
	MaxAKATypes  = 32
	maxEvaluated = 100_000 // claims that all paths of the metadata select
)

// Claims with a meaning here.
const (
	claimType      = "vct"
	claimIntegrity = "vct#integrity"
	claimTypes     = "aka_vcts"
	claimIssuer    = "iss"
	claimStatus    = "status"
)
