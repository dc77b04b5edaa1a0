package jose

import (
	"crypto"
	"fmt"
	"time"

	"github.com/chancery-vc/chancery/verifier/credential"
)

// Verified is a document with a good signature, as it was expected. What it
// says about itself is still to be judged, and what a presentation holds is
// still to be verified.
type Verified struct {
	Header
	Document []byte // the credential or presentation, as it was signed
	// Signer is the issuer or the holder, from the document or, if that names
	// no holder, from iss; "" if neither does. That the key is the signer's is
	// known if it was expected.
	Signer string
	// Credentials are what a presentation of the data model 1.1 holds: JWTs or
	// objects of JSON. Those of 2.0 are in the document.
	Credentials [][]byte
	// Issued and Expires are the signature's; zero if absent or ignored.
	Issued, Expires time.Time
}

// Verify verifies a vc+jwt or a vp+jwt.
func Verify(token []byte, key crypto.PublicKey, e Expectation) (*Verified, error) {
	u, err := Peek(token)
	if err != nil {
		return nil, err
	}
	if err := refuseV1(u.Claims); err != nil {
		return nil, err
	}
	return Judge(u, "jwt", key, e, func() error { return profile.Verify(string(token), u.Algorithm, key) })
}

// Judge is [Verify] for an envelope that was read elsewhere, such as in package
// cose: it wants u to be what e says, with the suffix of its typ, and signature
// to find that key has signed it.
func Judge(u *Unverified, suffix string, key crypto.PublicKey, e Expectation, signature func() error) (*Verified, error) {
	if err := e.judge(u, string(e.Kind)+"+"+suffix, key, signature); err != nil {
		return nil, err
	}
	d, err := readDocument(e.Kind, u.Document, credential.V2)
	if err != nil {
		return nil, err
	}
	return e.complete(u, d)
}

// judge holds what is the same for all versions against e.
func (e *Expectation) judge(u *Unverified, typ string, key crypto.PublicKey, signature func() error) error {
	if err := e.check(); err != nil {
		return err
	}
	if err := e.checkHeader(u.Header, typ, key); err != nil {
		return err
	}
	if err := signature(); err != nil {
		return err
	}
	return e.checkClaims(u.Claims)
}

// complete wants document, claims and e to agree about who signed.
func (e *Expectation) complete(u *Unverified, d document) (*Verified, error) {
	if err := d.agree(u.Claims); err != nil {
		return nil, err
	}
	v := &Verified{Header: u.Header, Document: u.Document, Signer: d.signer}
	if v.Signer == "" {
		v.Signer = u.Issuer()
	}
	if !e.Signer.met(v.Signer) {
		return nil, fmt.Errorf("%w: it is by %.200q, who is not whose key it is", ErrClaim, v.Signer)
	}
	if !e.IgnoreTimes { // their form was checked
		v.Issued, _ = numericDate(u.Claims, claimIssuedAt)
		v.Expires, _ = numericDate(u.Claims, claimExpires)
	}
	return v, nil
}
