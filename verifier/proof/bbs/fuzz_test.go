package bbs_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/chancery-vc/chancery/internal/jsonld"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/bbs"
)

// fixed is a derived proof that is the same in each process.
type fixed struct {
	key   *bbs.PrivateKey
	suite bbs.BBS2023
	base  string
	whole proof.Input
	part  proof.Input
	value string
}

func newFixed(t testing.TB, feature bbs.Feature) fixed {
	t.Helper()
	random := rand.NewChaCha8([32]byte{})
	key, err := bbs.GenerateKey(random)
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
		Options:  []byte(`{"type":"DataIntegrityProof","cryptosuite":"bbs-2023","proofPurpose":"assertionMethod"}`),
		Contexts: contexts,
	}}
	f.suite = bbs.BBS2023{Mandatory: []string{"/issuer"}, Random: random, NymDomain: "verifier.example", PresentationHeader: []byte("fresh")}
	if feature != bbs.Baseline {
		commitment, holder, err := bbs.Holder{}.Commit(random, feature)
		if err != nil {
			t.Fatal(err)
		}
		f.suite.Holder, f.suite.Binding = &holder, &bbs.Binding{Feature: feature, Commitment: commitment}
	}
	if f.base, err = f.suite.Sign(t.Context(), f.whole, key); err != nil {
		t.Fatal(err)
	}
	f.part = f.whole
	if f.part.Document, f.value, err = f.suite.Derive(t.Context(), f.whole, f.base, []string{"/name", "/credentialSubject/1/name"}); err != nil {
		t.Fatal(err)
	}
	return f
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

// FuzzVerify: no value verifies but those that were derived, whatever the order
// of their labels, and what is refused is refused for a documented reason.
func FuzzVerify(f *testing.F) {
	plain, nym := newFixed(f, bbs.Baseline), newFixed(f, bbs.Pseudonym)
	genuine := [][]byte{bytesOf(f, plain.value), bytesOf(f, nym.value)}
	f.Add(genuine[0], false)
	f.Add(genuine[1], true)
	f.Add(genuine[1], false)
	f.Add(bytesOf(f, plain.base), false)
	f.Fuzz(func(t *testing.T, data []byte, pseudonym bool) {
		x := plain
		if pseudonym {
			x = nym
		}
		err := bbs.BBS2023{}.Verify(t.Context(), x.part, x.key.Public(), valueOf(data))
		switch {
		case err == nil && !slices.ContainsFunc(genuine, func(g []byte) bool { return sameBytes(g, data) }):
			t.Errorf("%x verifies", data)
		case err != nil && !errors.Is(err, proof.ErrMalformed) && !errors.Is(err, proof.ErrBase) && !errors.Is(err, proof.ErrSignature):
			t.Errorf("%x: an error of another kind: %v", data, err)
		}
	})
}

// sameBytes tells whether a and b are of the same bytes, in any order.
func sameBytes(a, b []byte) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// FuzzDerive: of a base proof that is not the issuer's, nothing is derived that
// verifies.
func FuzzDerive(f *testing.F) {
	x := newFixed(f, bbs.Baseline)
	base := bytesOf(f, x.base)
	f.Add(base, "/name")
	f.Add(base, "/nothing")
	f.Add(bytesOf(f, x.value), "/name")
	f.Fuzz(func(t *testing.T, data []byte, pointer string) {
		part, value, err := x.suite.Derive(t.Context(), x.whole, valueOf(data), []string{pointer})
		if err != nil {
			for _, kind := range []error{proof.ErrMalformed, proof.ErrSignature, proof.ErrPointer, proof.ErrKey, jsonld.ErrInvalid} {
				if errors.Is(err, kind) {
					return
				}
			}
			t.Fatalf("an error of another kind: %v", err)
		}
		in := x.part
		in.Document = part
		if err := (bbs.BBS2023{}).Verify(t.Context(), in, x.key.Public(), value); err == nil && !bytes.Equal(data, base) {
			t.Errorf("of %x, %s was derived, which verifies", data, value)
		}
	})
}
