package ecdsa

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"github.com/multiformats/go-multibase"

	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/proof"
)

const (
	document = `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],"issuer":"did:example:a","credentialSubject":{"id":"did:example:s","name":"Þórdís"}}`
	options  = `{"type":"DataIntegrityProof","cryptosuite":"ecdsa","proofPurpose":"assertionMethod"}`
)

func newKey(t *testing.T, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newInput(t *testing.T) proof.Input {
	t.Helper()
	contexts, err := schemas.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return proof.Input{Document: []byte(document), Options: []byte(options), Contexts: contexts}
}

func encode(t *testing.T, base multibase.Encoding, data []byte) string {
	t.Helper()
	value, err := multibase.Encode(base, data)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestVerifyRefuses(t *testing.T) {
	in := newInput(t)
	otherOptions, otherDocument := in, in
	otherOptions.Options = []byte(strings.Replace(options, "assertionMethod", "authentication", 1))
	otherDocument.Document = []byte(strings.Replace(document, "Þ", "D", 1))
	public25519, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, curve := range []elliptic.Curve{elliptic.P256(), elliptic.P384()} {
		key := newKey(t, curve)
		size := 2 * curve.Params().BitSize / 8
		for _, suite := range []proof.SigningSuite{RDFC2019{}, JCS2019{}} {
			good, err := suite.Sign(t.Context(), in, key)
			if err != nil {
				t.Fatal(err)
			}
			_, raw, err := multibase.Decode(good)
			if err != nil || len(raw) != size {
				t.Fatalf("%d bytes, %v", len(raw), err)
			}
			for name, c := range map[string]struct {
				in    proof.Input
				key   crypto.PublicKey
				value string
				want  error
			}{
				"good":           {in, key.Public(), good, nil},
				"other options":  {otherOptions, key.Public(), good, proof.ErrSignature},
				"other document": {otherDocument, key.Public(), good, proof.ErrSignature},
				"other key":      {in, newKey(t, curve).Public(), good, proof.ErrSignature},
				"P-521":          {in, newKey(t, elliptic.P521()).Public(), good, proof.ErrKey},
				"Ed25519":        {in, public25519, good, proof.ErrKey},
				"zeros":          {in, key.Public(), encode(t, multibase.Base58BTC, make([]byte, size)), proof.ErrSignature},
				"s and r":        {in, key.Public(), encode(t, multibase.Base58BTC, append(raw[size/2:len(raw):len(raw)], raw[:size/2]...)), proof.ErrSignature},
				"a byte more":    {in, key.Public(), encode(t, multibase.Base58BTC, append(raw[:size:size], 0)), proof.ErrMalformed},
				"a byte less":    {in, key.Public(), encode(t, multibase.Base58BTC, raw[:size-1]), proof.ErrMalformed},
				"other base":     {in, key.Public(), encode(t, multibase.Base64url, raw), proof.ErrMalformed},
				"empty":          {in, key.Public(), "", proof.ErrMalformed},
				"too long":       {in, key.Public(), good + good + good, proof.ErrMalformed},
			} {
				t.Run(curve.Params().Name+" "+suite.Cryptosuite()+" "+name, func(t *testing.T) {
					if err := suite.Verify(t.Context(), c.in, c.key, c.value); !errors.Is(err, c.want) {
						t.Errorf("got %v, want %v", err, c.want)
					}
				})
			}
		}
	}
}

// TestCurvesDoNotMix: a value of one curve is not even read with the other.
func TestCurvesDoNotMix(t *testing.T) {
	in := newInput(t)
	value, err := RDFC2019{}.Sign(t.Context(), in, newKey(t, elliptic.P256()))
	if err != nil {
		t.Fatal(err)
	}
	if err := (RDFC2019{}).Verify(t.Context(), in, newKey(t, elliptic.P384()).Public(), value); !errors.Is(err, proof.ErrMalformed) {
		t.Errorf("got %v", err)
	}
}

func TestSignRefusesOtherKeys(t *testing.T) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []crypto.Signer{private, newKey(t, elliptic.P521()), newKey(t, elliptic.P224())} {
		for _, suite := range []proof.SigningSuite{RDFC2019{}, JCS2019{}} {
			if value, err := suite.Sign(t.Context(), newInput(t), key); !errors.Is(err, proof.ErrKey) {
				t.Errorf("%s with %T: got %s, %v", suite.Cryptosuite(), key, value, err)
			}
		}
	}
}
