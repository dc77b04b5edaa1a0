package cose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	gocose "github.com/veraison/go-cose"

	"github.com/chancery-vc/chancery/verifier/proof/jose"
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

func signers(t testing.TB) map[string]crypto.Signer {
	t.Helper()
	all := map[string]crypto.Signer{}
	for name, curve := range map[string]elliptic.Curve{jose.ES256: elliptic.P256(), jose.ES384: elliptic.P384(), jose.ES512: elliptic.P521()} {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		all[name] = must(t, key, err)
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	all[jose.EdDSA] = must(t, key, err)
	return all
}

func names(m map[string]crypto.Signer) []string { return slices.Sorted(maps.Keys(m)) }

func documentOf(kind jose.Kind) (object, string) {
	if kind == jose.Presentation {
		return object{
			"@context": "https://www.w3.org/ns/credentials/v2", "type": "VerifiablePresentation", "holder": testHolder,
			"verifiableCredential": object{"@context": "https://www.w3.org/ns/credentials/v2", "type": "EnvelopedVerifiableCredential", "id": "data:application/vc+cose;base64,0oRA"},
		}, testHolder
	}
	return object{
		"@context": "https://www.w3.org/ns/credentials/v2", "type": "VerifiableCredential",
		"issuer": testIssuer, "credentialSubject": object{"id": testHolder},
	}, testIssuer
}

func expecting(kind jose.Kind, algorithms ...string) jose.Expectation {
	_, signer := documentOf(kind)
	return jose.Expectation{
		Kind: kind, Algorithms: algorithms, KeyID: jose.Expect(testKeyID), Signer: jose.Expect(signer),
		Audience: jose.Ignore(), Nonce: jose.Ignore(), Now: testNow,
	}
}

func signing(kind jose.Kind, signer crypto.Signer) jose.Signing {
	return jose.Signing{Kind: kind, Signer: signer, KeyID: testKeyID, Random: rand.Reader}
}

func signed(t testing.TB, kind jose.Kind, signer crypto.Signer) []byte {
	t.Helper()
	document, _ := documentOf(kind)
	data, err := Sign(marshal(t, document), signing(kind, signer))
	return must(t, data, err)
}

// goodHeader is that of a credential signed with ES256.
func goodHeader() gocose.ProtectedHeader {
	return gocose.ProtectedHeader{
		gocose.HeaderLabelAlgorithm: gocose.AlgorithmES256, gocose.HeaderLabelContentType: "application/vc",
		gocose.HeaderLabelType: "application/vc+cose", gocose.HeaderLabelKeyID: []byte(testKeyID),
	}
}

// forge signs whatever the headers say, in CBOR that need not be good.
func forge(t testing.TB, protected, unprotected, payload []byte, key crypto.Signer) []byte {
	t.Helper()
	toSign := sigStructure(protected, payload)
	signer, err := gocose.NewSigner(gocose.AlgorithmES256, key)
	must(t, signer, err)
	signature, err := signer.Sign(rand.Reader, toSign)
	must(t, signature, err)
	return slices.Concat([]byte{0xd2, 0x84}, text(2, protected), unprotected, text(2, payload), text(2, signature))
}

// sigStructure: RFC 9052, section 4.4.
func sigStructure(protected, payload []byte) []byte {
	return slices.Concat([]byte{0x84}, text(3, []byte("Signature1")), text(2, protected), []byte{0x40}, text(2, payload))
}

// text returns data as a byte string (2) or a text string (3).
func text(major byte, data []byte) []byte {
	return append(head(major, len(data)), data...)
}

// head: RFC 8949, section 3.
func head(major byte, n int) []byte {
	switch {
	case n < 24:
		return []byte{major<<5 | byte(n)}
	case n < 1<<8:
		return []byte{major<<5 | 24, byte(n)}
	case n < 1<<16:
		return []byte{major<<5 | 25, byte(n >> 8), byte(n)}
	default:
		return []byte{major<<5 | 26, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}
	}
}

func wantError(t testing.TB, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
