package eddsa

import (
	"errors"
	"testing"

	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/prooftest"
)

const options = `{"type":"DataIntegrityProof","cryptosuite":"eddsa","proofPurpose":"assertionMethod"}`

func suites() []proof.SigningSuite { return []proof.SigningSuite{RDFC2022{}, JCS2022{}} }

func TestVerifyRefuses(t *testing.T) {
	in, key := prooftest.Input(t, prooftest.Document, options), prooftest.Ed25519(t)
	for _, suite := range suites() {
		good, err := suite.Sign(t.Context(), in, key)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(suite.Cryptosuite(), func(t *testing.T) {
			prooftest.Verify(t, suite, prooftest.EdDSA(t, in, key.Public(), good))
		})
	}
}

func TestSignRefusesOtherKeys(t *testing.T) {
	for _, suite := range suites() {
		if value, err := suite.Sign(t.Context(), proof.Input{}, prooftest.P256(t)); !errors.Is(err, proof.ErrKey) {
			t.Errorf("%s: got %s, %v", suite.Cryptosuite(), value, err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	in, key := prooftest.Input(b, prooftest.Document, options), prooftest.Ed25519(b)
	for _, suite := range suites() {
		b.Run(suite.Cryptosuite(), func(b *testing.B) {
			value, err := suite.Sign(b.Context(), in, key)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if err := suite.Verify(b.Context(), in, key.Public(), value); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
