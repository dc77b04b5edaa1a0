// Package jwa has the signature algorithms of JSON Web Signatures, and reads
// the public JSON Web Keys that they verify with. It is what the packages of
// tokens have in common.
//
// All algorithms are for key pairs: with a shared secret, who verifies could
// sign. A key is an ed25519.PublicKey, an *ecdsa.PublicKey of P-256, P-384 or
// P-521 or an *mldsa.PublicKey of filippo.io/mldsa. Tokens are in the compact
// serialization.
//
// A package uses the algorithms through its [Profile], which says those that it
// knows. Errors are of the kinds that the profile names.
//
// Source: RFC 7517, section 4; RFC 7518, sections 3.4 and 6; RFC 8037; RFC 9864
// for the name Ed25519; RFC 9964 for ML-DSA.
package jwa

import (
	"crypto"
	"fmt"
	"slices"
)

// Profile is what a package makes of the algorithms. All fields must be set.
type Profile struct {
	Known []string // the algorithms that its callers can allow

	// The kinds of its errors: a caller's choice without a meaning, an algorithm
	// that is not allowed, a key that does not fit or is not for signatures, a
	// token that cannot be read, a signature that does not fit.
	ErrChoice, ErrAlgorithm, ErrKey, ErrMalformed, ErrSignature error
}

// CheckAllowed refuses a list that names nothing, or what is not known, such as
// "none" and the algorithms with a shared secret.
func (p *Profile) CheckAllowed(allowed []string) error {
	if len(allowed) == 0 {
		return fmt.Errorf("%w: name the signature algorithms that are allowed", p.ErrChoice)
	}
	for _, name := range allowed {
		if _, err := p.algorithm(name); err != nil {
			return fmt.Errorf("%w: %w", p.ErrChoice, err)
		}
	}
	return nil
}

// Check wants the algorithm that a header names to be among allowed, and key
// to be for it.
func (p *Profile) Check(name string, allowed []string, key crypto.PublicKey) error {
	if !slices.Contains(allowed, name) {
		return fmt.Errorf("%w: %.20q, not one of %v", p.ErrAlgorithm, name, allowed)
	}
	a, err := p.algorithm(name)
	if err != nil {
		return err
	}
	if !a.fits(key) {
		return fmt.Errorf("%w: a %T for %s", p.ErrKey, key, name)
	}
	return nil
}

func (p *Profile) algorithm(name string) (algorithm, error) {
	if slices.Contains(p.Known, name) {
		for _, a := range algorithms {
			if a.name == name {
				return a, nil
			}
		}
	}
	return algorithm{}, fmt.Errorf("%w: %.20q is not known here", p.ErrAlgorithm, name)
}

// Fitting returns the algorithms that key is for, among allowed. More than one
// is a choice of names only.
func Fitting(key crypto.PublicKey, allowed []string) []string {
	var names []string
	for _, a := range algorithms {
		if slices.Contains(allowed, a.name) && a.fits(key) {
			names = append(names, a.name)
		}
	}
	return names
}
