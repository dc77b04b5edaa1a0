package statement

import (
	"crypto"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/jwa"
)

// Unverified is a statement that nobody has vouched for yet.
type Unverified struct {
	Type      Type
	Algorithm string
	KeyID     string
	Statement *Statement
}

// Peek reads a statement without verifying anything about it but its form.
func Peek(token []byte) (*Unverified, error) {
	_, u, err := read(token)
	return u, err
}

// header is that of a statement. Parameters without a meaning here are left
// alone (RFC 7515, section 4); package jwa refuses those that are critical.
type header struct {
	Type        Type           `json:"typ"`
	ContentType jsontext.Value `json:"cty"`
	Algorithm   string         `json:"alg"`
	KeyID       string         `json:"kid"`
}

func read(token []byte) (*jwa.Token, *Unverified, error) {
	if len(token) > MaxBytes {
		return nil, nil, malformed("%d bytes, more than %d", len(token), MaxBytes)
	}
	found, err := jwa.Parse(token)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	var h header
	if err := json.Unmarshal(found.Header, &h); err != nil {
		return nil, nil, malformed("its header is not that of a statement")
	}
	if h.ContentType != nil || h.KeyID == "" {
		return nil, nil, malformed("its header has a cty, or no kid")
	}
	s, err := parse(found.Payload, h.Type)
	if err != nil {
		return nil, nil, err
	}
	return found, &Unverified{h.Type, h.Algorithm, h.KeyID, s}, nil
}

// Verify returns a statement that key has signed by one of algorithms.
func Verify(token []byte, key crypto.PublicKey, algorithms []string) (*Statement, error) {
	found, u, err := read(token)
	if err != nil {
		return nil, err
	}
	if err := profile.Check(u.Algorithm, algorithms, key); err != nil {
		return nil, err
	}
	if err := profile.VerifyToken(found, u.Algorithm, key); err != nil {
		return nil, err
	}
	return u.Statement, nil
}
