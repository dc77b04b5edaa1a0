package sdjwt

import (
	"crypto"
	"maps"
)

// Unverified is what a token says, whoever made it: for finding the key that
// it should be verified with, and for a holder who knows the token.
type Unverified struct {
	Contents
	header map[string]any
}

// Header returns a copy of the header of the issuer's JWT.
func (u *Unverified) Header() map[string]any { return maps.Clone(u.header) }

// Inspect reads a token without verifying a signature. The disclosures do fit
// what was signed, if anything was.
func Inspect(t *Token) (*Unverified, error) {
	r, err := read(t)
	if err != nil {
		return nil, err
	}
	contents, err := r.contents()
	if err != nil {
		return nil, err
	}
	return &Unverified{*contents, r.jws.header}, nil
}

// reading is a token whose JWT was read, and its disclosures not yet.
type reading struct {
	token *Token
	jws   *jws
	hash  crypto.Hash
}

func read(t *Token) (*reading, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	j, err := parseJWS(t.JWT)
	if err != nil {
		return nil, err
	}
	hash, err := hashIn(j.claims)
	if err != nil {
		return nil, err
	}
	return &reading{t, j, hash}, nil
}

// contents uses up the claims of the JWT.
func (r *reading) contents() (*Contents, error) {
	return resolve(r.jws.claims, r.token.Disclosures, r.hash)
}
