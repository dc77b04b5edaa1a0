package eddsa

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/proof"
)

const document = `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],"issuer":"did:example:a","credentialSubject":{"id":"did:example:s","name":"Þórdís"}}`

const options = `{"type":"DataIntegrityProof","cryptosuite":"eddsa","proofPurpose":"assertionMethod"}`

func TestVerifyRefuses(t *testing.T) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	contexts, err := schemas.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	in := proof.Input{Document: []byte(document), Options: []byte(options), Contexts: contexts}
	otherOptions, otherDocument := in, in
	otherOptions.Options = []byte(strings.Replace(options, "assertionMethod", "authentication", 1))
	otherDocument.Document = []byte(strings.Replace(document, "Þ", "D", 1))
	for _, suite := range []proof.SigningSuite{RDFC2022{}, JCS2022{}} {
		good, err := suite.Sign(t.Context(), in, private)
		if err != nil {
			t.Fatal(err)
		}
		for name, c := range map[string]struct {
			in    proof.Input
			key   crypto.PublicKey
			value string
			want  error
		}{
			"good":            {in, public, good, nil},
			"other options":   {otherOptions, public, good, proof.ErrSignature},
			"other document":  {otherDocument, public, good, proof.ErrSignature},
			"other key":       {in, other, good, proof.ErrSignature},
			"other algorithm": {in, curve.Public(), good, proof.ErrKey},
			"empty value":     {in, public, "", proof.ErrMalformed},
			"other base":      {in, public, "u" + good[1:], proof.ErrMalformed},
			"cut off":         {in, public, good[:40], proof.ErrMalformed},
			"too long":        {in, public, good + good, proof.ErrMalformed},
		} {
			t.Run(suite.Cryptosuite()+" "+name, func(t *testing.T) {
				if err := suite.Verify(t.Context(), c.in, c.key, c.value); !errors.Is(err, c.want) {
					t.Errorf("got %v, want %v", err, c.want)
				}
			})
		}
	}
}

func TestSignRefusesOtherKeys(t *testing.T) {
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, suite := range []proof.SigningSuite{RDFC2022{}, JCS2022{}} {
		if value, err := suite.Sign(t.Context(), proof.Input{}, curve); !errors.Is(err, proof.ErrKey) {
			t.Errorf("%s: got %s, %v", suite.Cryptosuite(), value, err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	contexts, err := schemas.Embedded()
	if err != nil {
		b.Fatal(err)
	}
	for _, suite := range []proof.SigningSuite{RDFC2022{}, JCS2022{}} {
		b.Run(suite.Cryptosuite(), func(b *testing.B) {
			in := proof.Input{Document: []byte(document), Options: []byte(options), Contexts: contexts}
			value, err := suite.Sign(b.Context(), in, private)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if err := suite.Verify(b.Context(), in, public, value); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
