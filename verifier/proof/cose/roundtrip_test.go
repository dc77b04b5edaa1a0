package cose

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	gocose "github.com/veraison/go-cose"

	"github.com/chancery-vc/chancery/verifier/proof/jose"
)

func TestSignAndVerify(t *testing.T) {
	keys := signers(t)
	for _, kind := range []jose.Kind{jose.Credential, jose.Presentation} {
		for _, name := range names(keys) {
			t.Run(string(kind)+" "+name, func(t *testing.T) {
				document, signer := documentOf(kind)
				v, err := Verify(signed(t, kind, keys[name]), keys[name].Public(), expecting(kind, name))
				must(t, v, err)
				want := &jose.Verified{
					Header: jose.Header{
						Type: "application/" + string(kind) + "+cose", ContentType: "application/" + string(kind),
						Algorithm: name, KeyID: testKeyID,
					},
					Document: marshal(t, document), Signer: signer,
				}
				if diff := cmp.Diff(want, v); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

// TestAlgorithmsAreChosenByKey gives every key to messages of every algorithm.
func TestAlgorithmsAreChosenByKey(t *testing.T) {
	keys := signers(t)
	for _, by := range names(keys) {
		message := signed(t, jose.Credential, keys[by])
		for _, with := range names(keys) {
			v, err := Verify(message, keys[with].Public(), expecting(jose.Credential, names(keys)...))
			if with == by {
				must(t, v, err)
				continue
			}
			wantError(t, err, jose.ErrKey)
		}
		_, err := Verify(message, signers(t)[by].Public(), expecting(jose.Credential, by))
		wantError(t, err, jose.ErrSignature)
	}
}

// TestClaims are those of the example headers in the text, and more.
func TestClaims(t *testing.T) {
	key := signers(t)[jose.ES384]
	document, _ := documentOf(jose.Credential)
	s := signing(jose.Credential, key)
	issued := testNow.Add(-time.Minute)
	s.Claims = object{
		"iss": testIssuer, "sub": testHolder, "aud": []string{"https://a.example"}, "nonce": "n-1",
		"iat": issued.Unix(), "nbf": float64(issued.Unix()), "exp": testNow.Add(time.Hour).Unix(),
	}
	message, err := Sign(marshal(t, document), s)
	must(t, message, err)
	e := expecting(jose.Credential, jose.ES384)
	e.Audience, e.Nonce = jose.Expect("https://a.example"), jose.Expect("n-1")
	v, err := Verify(message, key.Public(), e)
	must(t, v, err)
	if !v.Issued.Equal(issued) {
		t.Errorf("issued %s", v.Issued)
	}
	var m gocose.Sign1Message
	if err := m.UnmarshalCBOR(message); err != nil {
		t.Fatal(err)
	}
	claims := m.Headers.Protected[gocose.HeaderLabelCWTClaims].(map[any]any)
	if claims[int64(1)] != testIssuer || claims[int64(2)] != testHolder || claims[int64(5)] != issued.Unix() {
		t.Errorf("claims %v", claims)
	}
	for name, edit := range map[string]func(*jose.Expectation){
		"audience": func(e *jose.Expectation) { e.Audience = jose.Expect("https://b.example") },
		"nonce":    func(e *jose.Expectation) { e.Nonce = jose.Expect("n-2") },
		"expired":  func(e *jose.Expectation) { e.Now = testNow.Add(2 * time.Hour) },
		"nothing":  func(e *jose.Expectation) { *e = jose.Expectation{} },
	} {
		other := e
		edit(&other)
		if _, err := Verify(message, key.Public(), other); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestSignRefuses(t *testing.T) {
	key := signers(t)[jose.ES256]
	for name, c := range map[string]struct {
		edit func(*jose.Signing)
		want error
	}{
		"claim without a number": {func(s *jose.Signing) { s.Claims = object{"jti": "x"} }, jose.ErrClaim},
		"iss of another":         {func(s *jose.Signing) { s.Claims = object{"iss": "https://other.example"} }, jose.ErrClaim},
		"other algorithm":        {func(s *jose.Signing) { s.Algorithm = jose.ES384 }, jose.ErrKey},
		"not in COSE":            {func(s *jose.Signing) { s.Algorithm, s.Signer = jose.Ed25519, signers(t)[jose.EdDSA] }, jose.ErrAlgorithm},
		"no kid":                 {func(s *jose.Signing) { s.KeyID = "" }, jose.ErrKeyID},
		"no kind":                {func(s *jose.Signing) { s.Kind = "" }, jose.ErrExpectation},
	} {
		document, _ := documentOf(jose.Credential)
		s := signing(jose.Credential, key)
		c.edit(&s)
		_, err := Sign(marshal(t, document), s)
		if err == nil {
			t.Errorf("%s: signed", name)
		}
		wantError(t, err, c.want)
	}
}
