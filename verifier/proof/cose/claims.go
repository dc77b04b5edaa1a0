package cose

import (
	"fmt"

	gocose "github.com/veraison/go-cose"

	"github.com/chancery-vc/chancery/verifier/proof/jose"
)

// claimNames are the claims of RFC 8392, section 3.1 and, for nonce, RFC 9711,
// section 4.1, with their names in a JWT. The one for an identifier, cti, is
// bytes and names nothing in the document.
func claimNames() map[int64]string {
	return map[int64]string{
		gocose.CWTClaimIssuer:         "iss",
		gocose.CWTClaimSubject:        "sub",
		gocose.CWTClaimAudience:       "aud",
		gocose.CWTClaimExpirationTime: "exp",
		gocose.CWTClaimNotBefore:      "nbf",
		gocose.CWTClaimIssuedAt:       "iat",
		claimNonce:                    "nonce",
	}
}

const claimNonce int64 = 10

// claims returns the claims of the protected header (RFC 9597) in the shapes
// of a JWT. Those that have no meaning here are left out.
func claims(h gocose.ProtectedHeader) (map[string]any, error) {
	found := map[string]any{}
	value, ok := h[gocose.HeaderLabelCWTClaims]
	if !ok {
		return found, nil
	}
	labelled, ok := value.(map[any]any)
	if !ok {
		return nil, fmt.Errorf("%w: the CWT claims are not a map", jose.ErrMalformed)
	}
	for label, name := range claimNames() {
		if value, ok := labelled[label]; ok {
			found[name] = shape(value)
		}
	}
	return found, nil
}

// shape returns a number as JSON has it, and a nonce, which is bytes, as the
// text that it was sent as.
func shape(value any) any {
	switch value := value.(type) {
	case int64:
		return float64(value)
	case float32:
		return float64(value)
	case []byte:
		return string(value)
	}
	return value
}
