package sdjwt_test

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
)

// What is here makes tokens by hand, right and wrong, without the package.

func base64url(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// signES256 signs a header and a payload whatever they say.
func signES256(t testing.TB, key *ecdsa.PrivateKey, header, payload string) string {
	t.Helper()
	text := base64url(header) + "." + base64url(payload)
	hash := sha256.Sum256([]byte(text))
	r, s, err := ecdsa.Sign(rand.Reader, key, hash[:])
	if err != nil {
		t.Fatal(err)
	}
	signature := make([]byte, 64)
	r.FillBytes(signature[:32])
	s.FillBytes(signature[32:])
	return text + "." + base64url(string(signature))
}

func signed(t testing.TB, key *ecdsa.PrivateKey, header, payload string, disclosures ...string) *sdjwt.Token {
	t.Helper()
	return &sdjwt.Token{JWT: signES256(t, key, header, payload), Disclosures: disclosures}
}

func plainPolicy(key *ecdsa.PrivateKey) sdjwt.Policy {
	return sdjwt.Policy{
		Now: now, Key: key.Public(), Algorithms: []string{sdjwt.ES256}, Types: []string{""},
		KeyBinding: sdjwt.RefuseKeyBinding(),
	}
}

func hashed(text string) string {
	hash := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(hash[:])
}

// fill replaces D0, D1 and so on in payload by the digests of disclosures.
func fill(payload string, disclosures ...string) string {
	for i, d := range disclosures {
		payload = strings.ReplaceAll(payload, "D"+string(rune('0'+i)), hashed(base64url(d)))
	}
	return payload
}
