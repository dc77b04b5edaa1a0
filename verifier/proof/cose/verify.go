package cose

import (
	"crypto"
	"fmt"

	gocose "github.com/veraison/go-cose"

	"github.com/chancery-vc/chancery/verifier/proof/jose"
)

// Verify verifies a vc+cose or a vp+cose.
func Verify(data []byte, key crypto.PublicKey, e jose.Expectation) (*jose.Verified, error) {
	m, u, err := read(data)
	if err != nil {
		return nil, err
	}
	return jose.Judge(u, suffix, key, e, func() error { return verifySignature(m, u.Algorithm, key) })
}

// verifySignature: RFC 9052, section 4.4. That key is of the curve that the
// algorithm has in JOSE was seen before; here it could be of any.
func verifySignature(m *gocose.Sign1Message, name string, key crypto.PublicKey) error {
	number, err := numberOf(name)
	if err != nil {
		return err
	}
	verifier, err := gocose.NewVerifier(number, key)
	if err != nil {
		return fmt.Errorf("%w: %w", jose.ErrKey, err)
	}
	if err := m.Verify(nil, verifier); err != nil {
		return jose.ErrSignature
	}
	return nil
}
