package jose

import (
	"fmt"
	"maps"

	"github.com/chancery-vc/chancery/internal/jwa"
	"github.com/chancery-vc/chancery/internal/strictjson"
)

// Header is what the header of an envelope says. Empty means absent.
type Header struct {
	Type        string // typ
	ContentType string // cty
	Algorithm   string // alg
	KeyID       string // kid
}

// Unverified is what an envelope says, whoever made it: for finding the key
// that it should be verified with.
type Unverified struct {
	Header
	Document []byte         // the payload
	Claims   map[string]any // beside or in the payload, under the names of RFC 7519
}

// Issuer returns the claim iss, or "".
func (u *Unverified) Issuer() string {
	issuer, _ := u.Claims[claimIssuer].(string)
	return issuer
}

// Peek reads a token without verifying anything about it but its form.
func Peek(token []byte) (*Unverified, error) {
	header, payload, err := split(token)
	if err != nil {
		return nil, err
	}
	u := &Unverified{Document: payload}
	if u.Claims, err = strictjson.ParseObject(payload, strictjson.Limits{Bytes: MaxClaims}); err != nil {
		return nil, fmt.Errorf("%w: the payload: %w", ErrMalformed, err)
	}
	members, err := strictjson.ParseObject(header, strictjson.Limits{Bytes: MaxHeader})
	if err != nil {
		return nil, fmt.Errorf("%w: the header: %w", ErrMalformed, err)
	}
	return u, u.readHeader(members)
}

// split returns header and payload of a compact serialization, decoded.
func split(token []byte) (header, payload []byte, err error) {
	if len(token) > MaxBytes {
		return nil, nil, fmt.Errorf("%w: %d bytes, more than %d", ErrMalformed, len(token), MaxBytes)
	}
	t, err := jwa.Parse(token)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return t.Header, t.Payload, nil
}

// readHeader: RFC 7515, section 4.1. Parameters that have no meaning here are
// left alone, as section 3.1.3 of the text has it.
func (u *Unverified) readHeader(members map[string]any) error {
	for _, p := range []struct {
		name string
		to   *string
	}{{"typ", &u.Type}, {"cty", &u.ContentType}, {"alg", &u.Algorithm}, {"kid", &u.KeyID}} {
		value, ok := members[p.name]
		if !ok {
			continue
		}
		text, ok := value.(string)
		if !ok || text == "" {
			return fmt.Errorf("%w: %s is not a text", ErrMalformed, p.name)
		}
		*p.to = text
	}
	// RFC 7515, section 4.1.11: also the empty list. RFC 7797: b64 would let
	// the payload be read in two ways.
	for _, name := range []string{"crit", "b64"} {
		if value, ok := members[name]; ok {
			return fmt.Errorf("%w: %s is %.200v", ErrCritical, name, value)
		}
	}
	return u.replicate(members)
}

// replicate takes claims from the header: RFC 7519, section 5.3.
func (u *Unverified) replicate(members map[string]any) error {
	claims := maps.Clone(u.Claims)
	for _, name := range []string{claimIssuer, claimSubject, claimAudience} {
		value, ok := members[name]
		if !ok {
			continue
		}
		if other, both := claims[name]; both && !same(value, other) {
			return fmt.Errorf("%w: %s is one thing in the header and another in the payload", ErrClaim, name)
		}
		claims[name] = value
	}
	u.Claims = claims
	return nil
}
