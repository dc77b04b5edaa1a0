package jose

import (
	"bytes"
	"cmp"
	"crypto"
	"fmt"
	"io"
	"net/url"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/jwa"
	"github.com/chancery-vc/chancery/internal/strictjson"
	"github.com/chancery-vc/chancery/verifier/credential"
)

// Signing is how to secure a document.
type Signing struct {
	Kind      Kind
	Signer    crypto.Signer
	Algorithm string // empty for the one that the key is for
	// KeyID is the URL of the verification method. It may be left out, or be
	// something else, if iss is among Claims.
	KeyID string
	// ContentType is a media type that says more than vc or vp; empty for those.
	ContentType string
	// Claims are claims of a JWT to add to the document, such as aud and nonce,
	// which it must not have yet. May be left out.
	Claims map[string]any
	Random io.Reader
}

// Sign secures a credential or presentation of the data model 2.0 as vc+jwt or
// vp+jwt. A document whose token [Verify] would refuse by the text alone is
// refused here.
func Sign(document []byte, s Signing) ([]byte, error) {
	payload, err := s.payload(document)
	if err != nil {
		return nil, err
	}
	signer, err := s.signer()
	if err != nil {
		return nil, err
	}
	header := s.header()
	header["typ"] = string(s.Kind) + "+jwt"
	token, err := profile.SignToken(signer, header, payload)
	if err != nil {
		return nil, err
	}
	return []byte(token), nil
}

// Check wants document to be what s can secure: of the data model 2.0, and in
// agreement with the claims. It is for other envelopes, such as those of
// package cose, in which claims stand apart.
func (s *Signing) Check(document []byte) error { return s.check(document, s.Claims) }

func (s *Signing) check(document []byte, claims map[string]any) error {
	if s.Kind != Credential && s.Kind != Presentation {
		return fmt.Errorf("%w: Kind is neither Credential nor Presentation", ErrExpectation)
	}
	d, err := readDocument(s.Kind, document, credential.V2)
	if err != nil {
		return err
	}
	if err := d.agree(claims); err != nil {
		return err
	}
	// Sections 4.1.1 and 4.2: without iss, kid is how the key is found.
	if _, ok := claims[claimIssuer]; ok || d.signer == "" {
		return nil
	}
	if u, err := url.Parse(s.KeyID); err != nil || !u.IsAbs() {
		return fmt.Errorf("%w: without iss, kid must be the URL of a verification method, not %.80q", ErrKeyID, s.KeyID)
	}
	return nil
}

// payload checks document and returns it with the claims added at its end, so
// that the rest of it stays as it was written.
func (s *Signing) payload(document []byte) ([]byte, error) {
	members, err := strictjson.ParseObject(document, strictjson.Limits{Bytes: MaxClaims})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	for name, value := range s.Claims {
		if _, ok := members[name]; ok {
			return nil, fmt.Errorf("%w: the document has %.40q already", ErrClaim, name)
		}
		members[name] = value
	}
	if err := refuseV1(members); err != nil {
		return nil, err
	}
	if err := s.check(document, members); err != nil {
		return nil, err
	}
	document = bytes.TrimSpace(document)
	if len(s.Claims) == 0 {
		return document, nil
	}
	claims, err := json.Marshal(s.Claims, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("write the claims: %w", err)
	}
	head := bytes.TrimRight(bytes.TrimSuffix(document, []byte("}")), " \t\r\n")
	return bytes.Join([][]byte{head, claims[1:]}, []byte(",")), nil
}

// header returns the header without alg and typ.
func (s *Signing) header() map[string]any {
	header := map[string]any{"cty": cmp.Or(s.ContentType, string(s.Kind))}
	if s.KeyID != "" {
		header["kid"] = s.KeyID
	}
	return header
}

// Choose returns the algorithm that was asked for, or the first that fits, and
// what signs with it, as JOSE and COSE write signatures.
func (s *Signing) Choose() (name string, sign func(message []byte) ([]byte, error), err error) {
	signer, err := s.signer()
	return signer.Algorithm, func(message []byte) ([]byte, error) { return profile.Sign(signer, message) }, err
}

func (s *Signing) signer() (jwa.Signer, error) {
	if s.Signer == nil || s.Random == nil {
		return jwa.Signer{}, fmt.Errorf("%w: Signer or Random is not set", ErrExpectation)
	}
	signer := jwa.Signer{Algorithm: s.Algorithm, Key: s.Signer, Random: s.Random}
	if s.Algorithm != "" {
		return signer, profile.Check(s.Algorithm, []string{s.Algorithm}, s.Signer.Public())
	}
	fitting := Fitting(s.Signer.Public(), Recommended())
	if len(fitting) == 0 {
		return jwa.Signer{}, fmt.Errorf("%w: there is no recommended algorithm for a %T", ErrKey, s.Signer.Public())
	}
	signer.Algorithm = fitting[0]
	return signer, nil
}
