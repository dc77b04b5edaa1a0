// Package prooftest has what the tests of suites for embedded proofs share.
package prooftest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"testing"

	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/proof"
)

// Document is a document whose text has a letter beyond ASCII.
const Document = `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],"issuer":"did:example:a","credentialSubject":{"id":"did:example:s","name":"Þórdís"}}`

// Input is a document and the options of its proof, with the contexts of this
// project.
func Input(t testing.TB, document, options string) proof.Input {
	t.Helper()
	contexts, err := schemas.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return proof.Input{Document: []byte(document), Options: []byte(options), Contexts: contexts}
}

// OtherPurpose is in with another purpose of the proof.
func OtherPurpose(in proof.Input) proof.Input {
	in.Options = bytes.Replace(in.Options, []byte("assertionMethod"), []byte("authentication"), 1)
	return in
}

// OtherDocument is in with another text in [Document].
func OtherDocument(in proof.Input) proof.Input {
	in.Document = bytes.Replace(in.Document, []byte("Þ"), []byte("D"), 1)
	return in
}

// A Verification is a proof value to verify, and the error that it is to end in.
type Verification struct {
	In    proof.Input
	Key   crypto.PublicKey
	Value string
	Want  error
}

// Verify is a test of what suite verifies and what it refuses.
func Verify(t *testing.T, suite proof.Suite, cases map[string]Verification) {
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if err := suite.Verify(t.Context(), c.In, c.Key, c.Value); !errors.Is(err, c.Want) {
				t.Errorf("got %v, want %v", err, c.Want)
			}
		})
	}
}

// EdDSA are the cases of a suite with Ed25519, for which good is the value of
// key over in, [Document].
func EdDSA(t testing.TB, in proof.Input, key crypto.PublicKey, good string) map[string]Verification {
	t.Helper()
	return map[string]Verification{
		"good":            {in, key, good, nil},
		"other options":   {OtherPurpose(in), key, good, proof.ErrSignature},
		"other document":  {OtherDocument(in), key, good, proof.ErrSignature},
		"other key":       {in, Ed25519(t).Public(), good, proof.ErrSignature},
		"other algorithm": {in, P256(t).Public(), good, proof.ErrKey},
		"empty value":     {in, key, "", proof.ErrMalformed},
		"other base":      {in, key, "u" + good[1:], proof.ErrMalformed},
		"cut off":         {in, key, good[:40], proof.ErrMalformed},
		"too long":        {in, key, good + good, proof.ErrMalformed},
	}
}

// Ed25519 makes a key.
func Ed25519(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// P256 makes a key.
func P256(t testing.TB) *ecdsa.PrivateKey { return ECDSA(t, elliptic.P256()) }

// ECDSA makes a key of a curve.
func ECDSA(t testing.TB, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
