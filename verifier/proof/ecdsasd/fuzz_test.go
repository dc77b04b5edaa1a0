package ecdsasd_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/chancery-vc/chancery/internal/jsonld"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/ecdsasd"
)

// fixed is a derived proof that is the same in each process.
type fixed struct {
	key   *ecdsa.PrivateKey
	base  string
	whole proof.Input
	part  proof.Input
	value string
}

// deterministic signs without randomness: RFC 6979.
type deterministic struct{ *ecdsa.PrivateKey }

func (d deterministic) Sign(_ io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	return d.PrivateKey.Sign(nil, digest, opts)
}

func newFixed(t testing.TB) fixed {
	t.Helper()
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	contexts, err := schemas.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	f := fixed{key: key, whole: proof.Input{
		Document: []byte(`{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],"issuer":"did:example:a",` +
			`"name":"shown","description":"withheld","credentialSubject":[{"name":"Anna"},{"name":"Bea"}]}`),
		Options:  []byte(`{"type":"DataIntegrityProof","cryptosuite":"ecdsa-sd-2023","proofPurpose":"assertionMethod"}`),
		Contexts: contexts,
	}}
	suite := ecdsasd.SD2023{Mandatory: []string{"/issuer"}, Random: rand.NewChaCha8([32]byte{})}
	if f.base, err = suite.Sign(t.Context(), f.whole, deterministic{key}); err != nil {
		t.Fatal(err)
	}
	f.part = f.whole
	if f.part.Document, f.value, err = suite.Derive(t.Context(), f.whole, f.base, []string{"/name", "/credentialSubject/1/name"}); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f fixed) verify(t testing.TB, value string) error {
	t.Helper()
	return ecdsasd.SD2023{}.Verify(t.Context(), f.part, f.key.Public(), value)
}

// bytesOf returns what a proof value is the base64url of.
func bytesOf(t testing.TB, value string) []byte {
	t.Helper()
	data, err := base64.RawURLEncoding.DecodeString(value[1:])
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func valueOf(data []byte) string { return "u" + base64.RawURLEncoding.EncodeToString(data) }

// FuzzVerify: no value verifies but the one that was derived, whatever the
// order of its labels, and what is refused is refused for a documented reason.
func FuzzVerify(f *testing.F) {
	x := newFixed(f)
	good := bytesOf(f, x.value)
	f.Add(good)
	f.Add(bytesOf(f, x.base))
	f.Add(good[:len(good)-1])
	sorted := slices.Sorted(slices.Values(good))
	f.Fuzz(func(t *testing.T, data []byte) {
		switch err := x.verify(t, valueOf(data)); {
		case err == nil && !slices.Equal(slices.Sorted(slices.Values(data)), sorted):
			t.Errorf("%x verifies", data)
		case err != nil && !errors.Is(err, proof.ErrMalformed) && !errors.Is(err, proof.ErrBase) && !errors.Is(err, proof.ErrSignature):
			t.Errorf("%x: an error of another kind: %v", data, err)
		}
	})
}

// FuzzDerive: of a base proof that is not the issuer's, nothing is derived that
// verifies.
func FuzzDerive(f *testing.F) {
	x := newFixed(f)
	base := bytesOf(f, x.base)
	f.Add(base, "/name")
	f.Add(base, "/nothing")
	f.Add(bytesOf(f, x.value), "/name")
	f.Fuzz(func(t *testing.T, data []byte, pointer string) {
		part, value, err := ecdsasd.SD2023{}.Derive(t.Context(), x.whole, valueOf(data), []string{pointer})
		if err != nil {
			for _, kind := range []error{proof.ErrMalformed, proof.ErrSignature, proof.ErrPointer, jsonld.ErrInvalid} {
				if errors.Is(err, kind) {
					return
				}
			}
			t.Fatalf("an error of another kind: %v", err)
		}
		in := x.part
		in.Document = part
		if err := (ecdsasd.SD2023{}).Verify(t.Context(), in, x.key.Public(), value); err == nil && len(data) != len(base) {
			t.Errorf("of %x, %s was derived, which verifies", data, value)
		}
	})
}
