package jose

import (
	"crypto"
	"crypto/rand"
	"errors"
	"io"
	"testing"

	"github.com/chancery-vc/chancery/verifier/credential"
)

func TestSignRefuses(t *testing.T) {
	key := signers(t)[ES256]
	for name, c := range map[string]struct {
		document object
		edit     func(*Signing)
		want     error
	}{
		"no kind":            {nil, func(s *Signing) { s.Kind = "" }, ErrExpectation},
		"no signer":          {nil, func(s *Signing) { s.Signer = nil }, ErrExpectation},
		"no randomness":      {nil, func(s *Signing) { s.Random = nil }, ErrExpectation},
		"other algorithm":    {nil, func(s *Signing) { s.Algorithm = ES384 }, ErrKey},
		"unknown algorithm":  {nil, func(s *Signing) { s.Algorithm = "none" }, ErrAlgorithm},
		"no kid":             {nil, func(s *Signing) { s.KeyID = "" }, ErrKeyID},
		"kid no URL":         {nil, func(s *Signing) { s.KeyID = "#key-1" }, ErrKeyID},
		"iss of another":     {nil, func(s *Signing) { s.Claims = object{"iss": "https://other.example"} }, ErrClaim},
		"claim twice":        {nil, func(s *Signing) { s.Claims = object{"id": "x"} }, ErrClaim},
		"claim vc":           {nil, func(s *Signing) { s.Claims = object{"vc": "x"} }, ErrClaim},
		"vp in the document": {object{"vp": object{}}, nil, ErrClaim},
		"iss in it":          {object{"iss": "https://other.example"}, nil, ErrClaim},
		"not a credential":   {object{"type": "Thing"}, nil, credential.ErrInvalid},
		"of 1.1":             {object{"@context": "https://www.w3.org/2018/credentials/v1", "issuanceDate": "2026-01-01T00:00:00Z"}, nil, ErrType},
	} {
		s := signing(Credential, "", key)
		if c.edit != nil {
			c.edit(&s)
		}
		_, err := Sign(marshal(t, edited(credentialObject(), c.document)), s)
		if err == nil {
			t.Errorf("%s: signed", name)
		}
		wantError(t, err, c.want)
		_, err = SignDisclosable(marshal(t, edited(credentialObject(), c.document)), nil, s)
		wantError(t, err, c.want)
	}
	_, err := Sign([]byte("[]"), signing(Credential, "", key))
	wantError(t, err, ErrMalformed)
}

// TestKidOrIss: without a URL for kid, iss has to say whose key it is.
func TestKidOrIss(t *testing.T) {
	s := signing(Credential, "", signers(t)[ES256])
	s.KeyID, s.Claims = "thumbprint", object{"iss": testIssuer}
	token, err := Sign(marshal(t, credentialObject()), s)
	must(t, token, err)
	u, err := Peek(token)
	must(t, u, err)
	if u.Issuer() != testIssuer || u.KeyID != "thumbprint" {
		t.Errorf("iss %q, kid %q", u.Issuer(), u.KeyID)
	}
}

// faulty is a signer that does not answer with what it should.
type faulty struct {
	crypto.Signer
	answer []byte
	err    error
}

func (f faulty) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) { return f.answer, f.err }

var errDevice = errors.New("the device is gone")

func TestFaultySigners(t *testing.T) {
	key := signers(t)[ES256]
	document := marshal(t, credentialObject())
	good, err := key.Sign(rand.Reader, make([]byte, 32), crypto.SHA256)
	must(t, good, err)
	for name, f := range map[string]faulty{
		"error":      {key, nil, errDevice},
		"nothing":    {key, nil, nil},
		"trailing":   {key, append(good, 0), nil},
		"raw":        {key, make([]byte, 64), nil},
		"zero":       {key, []byte{0x30, 6, 2, 1, 0, 2, 1, 1}, nil},
		"negative":   {key, []byte{0x30, 6, 2, 1, 0x80, 2, 1, 1}, nil},
		"other size": {key, append([]byte{0x30, 39, 2, 34, 1}, append(make([]byte, 33), 2, 1, 1)...), nil},
	} {
		if token, err := Sign(document, signing(Credential, "", f)); err == nil {
			t.Errorf("%s: signed %s", name, token)
		}
	}
}
