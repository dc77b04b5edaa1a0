package suites_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/chancery-vc/chancery/internal/testdata"
	"github.com/chancery-vc/chancery/verifier/proof"
)

// TestVectorsEmploy has the appendices' second credential, an employment
// authorization.
func TestVectorsEmploy(t *testing.T) {
	table := everySuite(t)
	for name, v := range map[string]struct{ signed, key string }{
		"eddsa-rdfc-2022":       {eddsaVectors + "eddsa-rdfc-2022/employ/signedDataInt.json", eddsaVectors + "keyPair.json"},
		"ecdsa-rdfc-2019 P-256": {ecdsaVectors + "ecdsa-rdfc-2019-p256/employ/signedECDSAP256.json", ecdsaVectors + "p256KeyPair.json"},
		"ecdsa-rdfc-2019 P-384": {ecdsaVectors + "ecdsa-rdfc-2019-p384/employ/signedECDSAP384.json", ecdsaVectors + "p384KeyPair.json"},
	} {
		t.Run(name, func(t *testing.T) {
			public, _ := vectorKey(t, v.key)
			document, p := split(t, testdata.Read(t, v.signed))
			if err := p.Verify(t.Context(), document, public, table, vectorContexts(t)); err != nil {
				t.Error(err)
			}
			altered := bytes.Replace(document, []byte("SMITH"), []byte("SMYTH"), 1)
			if err := p.Verify(t.Context(), altered, public, table, vectorContexts(t)); !errors.Is(err, proof.ErrSignature) {
				t.Errorf("with another name: got %v", err)
			}
		})
	}
}

// TestVectorsSelective derives the appendix's proofs from its base proofs,
// which themselves are refused.
func TestVectorsSelective(t *testing.T) {
	table := everySuite(t)
	for _, name := range []string{"employ", "prc"} {
		t.Run(name, func(t *testing.T) {
			public, _ := vectorKey(t, ecdsaVectors+"ecdsa-sd-2023/SDKeyMaterial.json")
			secured := testdata.Read(t, ecdsaVectors+"ecdsa-sd-2023/"+name+"/addSignedSDBase.json")
			document, p := split(t, secured)
			if err := p.Verify(t.Context(), document, public, table, vectorContexts(t)); !errors.Is(err, proof.ErrBase) {
				t.Errorf("got %v", err)
			}
			pointers := []string{"/validFrom", "/validUntil", "/credentialSubject/birthCountry"}
			derived, err := proof.Derive(t.Context(), secured, pointers, table, vectorContexts(t))
			if err != nil {
				t.Fatal(err)
			}
			_, want := split(t, testdata.Read(t, ecdsaVectors+"ecdsa-sd-2023/"+name+"/derivedRevealDocument.json"))
			document, p = split(t, derived)
			if p.Value != want.Value {
				t.Errorf("got %s, want %s", p.Value, want.Value)
			}
			if err := p.Verify(t.Context(), document, public, table, vectorContexts(t)); err != nil {
				t.Error(err)
			}
		})
	}
}
