package bbs

import (
	"crypto/subtle"
	"fmt"
	"io"
)

// Secret is a scalar that a holder keeps to itself: what blinds a commitment,
// or its part of a pseudonym. It does not print itself.
type Secret struct{ s scalar }

// NewSecret draws a secret.
func NewSecret(random io.Reader) (*Secret, error) {
	s, err := randomScalars(random, 1)
	if err != nil {
		return nil, err
	}
	return &Secret{s[0]}, nil
}

// ParseSecret reads a secret of 32 bytes, above zero and below the order.
func ParseSecret(octets []byte) (*Secret, error) {
	s, err := toScalar(octets)
	if err != nil {
		return nil, fmt.Errorf("%w: a secret is %d bytes, above zero and below the order", err, scalarLength)
	}
	return &Secret{s}, nil
}

// Bytes returns the 32 bytes of the secret.
func (s *Secret) Bytes() []byte { return scalarOctets(&s.s) }

// Equal tells in constant time whether two secrets are the same.
func (s *Secret) Equal(other *Secret) bool {
	return subtle.ConstantTimeCompare(s.Bytes(), other.Bytes()) == 1
}

// Format keeps the secret out of every text, logs included.
func (Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, "a BBS secret, not shown") }
