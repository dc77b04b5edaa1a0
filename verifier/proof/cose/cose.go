// Package cose signs and verifies credentials and presentations that are
// enveloped in COSE: vc+cose and vp+cose.
//
// A message is a COSE_Sign1 in CBOR, with its tag 18. Its payload is the
// credential or presentation, in JSON. In the protected header are alg (1),
// content type (3), kid (4), the claims of a CBOR Web Token (15), whose times
// are seconds since 1970, and typ (16); all as the text has them. A kid may be
// in the other header, as it is a hint only. Nothing else that has a meaning
// may be there, and what has none is left alone.
//
// What a message must be is said as in package jose, by a jose.Expectation, and
// the errors are those of that package. The algorithms are jose.ES256, ES384,
// ES512, each with the one curve that it has there, and jose.EdDSA with
// Ed25519.
//
// There is one text for each message, but for what the headers hold: lengths
// are written in as few bytes as they need, indefinite lengths, tags within and
// labels that stand twice are refused, and nothing comes after the message.
//
// Source: Securing Verifiable Credentials using JOSE and COSE (Recommendation,
// 2025-05-15), sections 3.3 and 4, to which sections named in the code belong;
// RFC 9052, sections 2 to 4; RFC 9053, section 2; RFC 9596; RFC 9597; RFC 8392.
package cose

import (
	"fmt"

	gocose "github.com/veraison/go-cose"

	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/proof/jose"
)

// Caps on one message.
const (
	MaxBytes  = credential.MaxBytes + 2*MaxHeader
	MaxHeader = 64 << 10 // bytes of a header
)

// suffix is that of typ.
const suffix = "cose"

// algorithms are the numbers in the COSE Algorithms registry.
func algorithms() map[gocose.Algorithm]string {
	return map[gocose.Algorithm]string{
		gocose.AlgorithmES256: jose.ES256,
		gocose.AlgorithmES384: jose.ES384,
		gocose.AlgorithmES512: jose.ES512,
		gocose.AlgorithmEdDSA: jose.EdDSA,
	}
}

func numberOf(name string) (gocose.Algorithm, error) {
	for number, known := range algorithms() {
		if known == name {
			return number, nil
		}
	}
	return 0, fmt.Errorf("%w: %.20q is not known in COSE here", jose.ErrAlgorithm, name)
}
