package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"filippo.io/mldsa"
)

const (
	testIssuer = "https://registry.example/issuer"
	testKeyID  = testIssuer + "#key-1"
	testHolder = "did:example:holder"
)

var testNow = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

type object = map[string]any

func must[T any](t testing.TB, value T, err error) T {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func marshal(t testing.TB, value any) []byte {
	t.Helper()
	data, err := json.Marshal(value)
	return must(t, data, err)
}

// signers returns a new key for each algorithm.
func signers(t testing.TB) map[string]crypto.Signer {
	t.Helper()
	_, edwards, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]crypto.Signer{
		ES256:   ecdsaKey(t, elliptic.P256()),
		ES384:   ecdsaKey(t, elliptic.P384()),
		ES512:   ecdsaKey(t, elliptic.P521()),
		EdDSA:   edwards,
		Ed25519: edwards,
		MLDSA44: mldsaKey(t, mldsa.MLDSA44()),
		MLDSA65: mldsaKey(t, mldsa.MLDSA65()),
		MLDSA87: mldsaKey(t, mldsa.MLDSA87()),
	}
}

func ecdsaKey(t testing.TB, curve elliptic.Curve) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	return must[crypto.Signer](t, key, err)
}

func mldsaKey(t testing.TB, set mldsa.Parameters) crypto.Signer {
	t.Helper()
	key, err := mldsa.GenerateKey(set)
	return must[crypto.Signer](t, key, err)
}

func credentialObject() object {
	return object{
		"@context":          []any{"https://www.w3.org/ns/credentials/v2"},
		"id":                "urn:uuid:1",
		"type":              []any{"VerifiableCredential"},
		"issuer":            testIssuer,
		"credentialSubject": object{"id": testHolder, "birthYear": 2026},
	}
}

func presentationObject() object {
	return object{
		"@context": []any{"https://www.w3.org/ns/credentials/v2"},
		"type":     "VerifiablePresentation",
		"holder":   testHolder,
		"verifiableCredential": []any{object{
			"@context": "https://www.w3.org/ns/credentials/v2",
			"type":     "EnvelopedVerifiableCredential",
			"id":       "data:application/vc+jwt,e30.e30.e30",
		}},
	}
}

// documentOf returns a document of a kind, and whose it is.
func documentOf(kind Kind) (object, string) {
	if kind == Presentation {
		return presentationObject(), testHolder
	}
	return credentialObject(), testIssuer
}

// expecting is the strictest expectation that a good token meets.
func expecting(kind Kind, algorithms ...string) Expectation {
	_, signer := documentOf(kind)
	return Expectation{
		Kind: kind, Algorithms: algorithms, KeyID: Expect(testKeyID), Signer: Expect(signer),
		Audience: Ignore(), Nonce: Ignore(), Now: testNow,
	}
}

func signing(kind Kind, algorithm string, signer crypto.Signer) Signing {
	return Signing{Kind: kind, Signer: signer, Algorithm: algorithm, KeyID: testKeyID, Random: rand.Reader}
}

// forge signs whatever header and payload say.
func forge(t testing.TB, header object, payload []byte, signer crypto.Signer) []byte {
	t.Helper()
	return forgeRaw(t, marshal(t, header), payload, signer)
}

func forgeRaw(t testing.TB, header, payload []byte, signer crypto.Signer) []byte {
	t.Helper()
	input := base64.RawURLEncoding.EncodeToString(header) + "." + base64.RawURLEncoding.EncodeToString(payload)
	name := Fitting(signer.Public(), append(Recommended(), MLDSA44, MLDSA65, MLDSA87))[0]
	s := signing(Credential, name, signer)
	_, sign, err := s.Choose()
	must(t, sign, err)
	signature, err := sign([]byte(input))
	must(t, signature, err)
	return []byte(input + "." + base64.RawURLEncoding.EncodeToString(signature))
}

func header(edit object) object {
	h := object{"alg": EdDSA, "typ": "vc+jwt", "cty": "vc", "kid": testKeyID}
	return edited(h, edit)
}

// edited returns a copy of o with members set or, where nil, removed.
func edited(o, edit object) object {
	o = maps.Clone(o)
	for name, value := range edit {
		if o[name] = value; value == nil {
			delete(o, name)
		}
	}
	return o
}

func wantError(t testing.TB, got error, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func names(m map[string]crypto.Signer) []string { return slices.Sorted(maps.Keys(m)) }
