package sdjwt_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"slices"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const exampleClaims = `{
	"iss": "https://registry.example", "iat": 1772300000, "exp": 1803900000,
	"given_name": "Erika", "family_name": "Mustermann", "age": 42,
	"address": {"street": "Heidestraße 17", "locality": "Köln", "country": "DE"},
	"nationalities": ["DE", "FR", "US"]
}`

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// example is an issuance with everything: members, elements, one within the
// other, and decoys.
func example(t testing.TB) sdjwt.Issuance {
	return sdjwt.Issuance{
		Claims:    []byte(exampleClaims),
		Selective: []string{"/given_name", "/family_name", "/address", "/address/street", "/nationalities/0", "/nationalities/1"},
		Decoys:    map[string]int{"": 2, "/nationalities": 1},
		Type:      "example+sd-jwt",
		Algorithm: sdjwt.ES256, Signer: newKey(t), Random: rand.Reader,
	}
}

// policy accepts what an issuance issues.
func policy(in sdjwt.Issuance) sdjwt.Policy {
	return sdjwt.Policy{
		Now: now, Key: in.Signer.Public(), Algorithms: []string{in.Algorithm},
		Types: []string{in.Type}, KeyBinding: sdjwt.RefuseKeyBinding(),
	}
}

func issue(t testing.TB, in sdjwt.Issuance) *sdjwt.Token {
	t.Helper()
	token, err := sdjwt.Issue(in)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func present(t testing.TB, token *sdjwt.Token, pointers ...string) *sdjwt.Token {
	t.Helper()
	presented, err := sdjwt.Present(token, pointers)
	if err != nil {
		t.Fatal(err)
	}
	return presented
}

const (
	nonce    = "n-0S6_WzA2Mj"
	audience = "https://verifier.example"
)

func binding(signer crypto.Signer) sdjwt.Binding {
	return sdjwt.Binding{
		Nonce: nonce, Audience: audience, IssuedAt: now,
		Algorithm: sdjwt.ES256, Signer: signer, Random: rand.Reader,
	}
}

func wantBinding() sdjwt.KeyBinding {
	return sdjwt.KeyBinding{Nonce: nonce, Audience: audience, MaxAge: time.Minute, Algorithms: []string{sdjwt.ES256}}
}

func bind(t testing.TB, token *sdjwt.Token, b sdjwt.Binding) *sdjwt.Token {
	t.Helper()
	bound, err := sdjwt.Bind(token, b)
	if err != nil {
		t.Fatal(err)
	}
	return bound
}

// with returns a token with other disclosures.
func with(token *sdjwt.Token, disclosures ...string) *sdjwt.Token {
	return &sdjwt.Token{JWT: token.JWT, Disclosures: slices.Clone(disclosures), KeyBinding: token.KeyBinding}
}
