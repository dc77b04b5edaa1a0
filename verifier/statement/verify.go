package statement

import (
	"crypto"
	"fmt"

	"github.com/chancery-vc/chancery/verifier/proof/jose"
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
	if len(token) > MaxBytes {
		return nil, malformed("%d bytes, more than %d", len(token), MaxBytes)
	}
	found, err := jose.Peek(token)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if found.ContentType != "" || found.KeyID == "" {
		return nil, malformed("its header has a cty, or no kid")
	}
	u := &Unverified{Type: Type(found.Type), Algorithm: found.Algorithm, KeyID: found.KeyID}
	u.Statement, err = parse(found.Document, u.Type)
	if err != nil {
		return nil, err
	}
	return u, nil
}

// Verify returns a statement that key has signed by one of algorithms.
func Verify(token []byte, key crypto.PublicKey, algorithms []string) (*Statement, error) {
	u, err := Peek(token)
	if err != nil {
		return nil, err
	}
	if err := profile.Check(u.Algorithm, algorithms, key); err != nil {
		return nil, err
	}
	if err := profile.Verify(string(token), u.Algorithm, key); err != nil {
		return nil, err
	}
	return u.Statement, nil
}
