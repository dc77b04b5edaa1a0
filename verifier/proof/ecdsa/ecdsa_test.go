package ecdsa

import (
	"crypto"
	"crypto/elliptic"
	"errors"
	"testing"

	"github.com/multiformats/go-multibase"

	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/prooftest"
)

const options = `{"type":"DataIntegrityProof","cryptosuite":"ecdsa","proofPurpose":"assertionMethod"}`

func newInput(t *testing.T) proof.Input {
	t.Helper()
	return prooftest.Input(t, prooftest.Document, options)
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
	for _, curve := range []elliptic.Curve{elliptic.P256(), elliptic.P384()} {
		key := prooftest.ECDSA(t, curve)
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
				"other options":  {prooftest.OtherPurpose(in), key.Public(), good, proof.ErrSignature},
				"other document": {prooftest.OtherDocument(in), key.Public(), good, proof.ErrSignature},
				"other key":      {in, prooftest.ECDSA(t, curve).Public(), good, proof.ErrSignature},
				"P-521":          {in, prooftest.ECDSA(t, elliptic.P521()).Public(), good, proof.ErrKey},
				"Ed25519":        {in, prooftest.Ed25519(t).Public(), good, proof.ErrKey},
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
	value, err := RDFC2019{}.Sign(t.Context(), in, prooftest.ECDSA(t, elliptic.P256()))
	if err != nil {
		t.Fatal(err)
	}
	if err := (RDFC2019{}).Verify(t.Context(), in, prooftest.ECDSA(t, elliptic.P384()).Public(), value); !errors.Is(err, proof.ErrMalformed) {
		t.Errorf("got %v", err)
	}
}

func TestSignRefusesOtherKeys(t *testing.T) {
	for _, key := range []crypto.Signer{prooftest.Ed25519(t), prooftest.ECDSA(t, elliptic.P521()), prooftest.ECDSA(t, elliptic.P224())} {
		for _, suite := range []proof.SigningSuite{RDFC2019{}, JCS2019{}} {
			if value, err := suite.Sign(t.Context(), newInput(t), key); !errors.Is(err, proof.ErrKey) {
				t.Errorf("%s with %T: got %s, %v", suite.Cryptosuite(), key, value, err)
			}
		}
	}
}
