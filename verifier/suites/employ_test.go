package suites_test

import (
	"errors"
	"testing"

	"github.com/chancery-vc/chancery/internal/testdata"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/proof"
)

// TestVectorsEmploy has the appendices' second credential, an employment
// authorization. Its context is not among the vectors, and so it is refused.
func TestVectorsEmploy(t *testing.T) {
	table := everySuite(t)
	for name, v := range map[string]struct{ signed, key string }{
		"eddsa-rdfc-2022":       {eddsaVectors + "eddsa-rdfc-2022/employ/signedDataInt.json", eddsaVectors + "keyPair.json"},
		"ecdsa-rdfc-2019 P-256": {ecdsaVectors + "ecdsa-rdfc-2019-p256/employ/signedECDSAP256.json", ecdsaVectors + "p256KeyPair.json"},
		"ecdsa-rdfc-2019 P-384": {ecdsaVectors + "ecdsa-rdfc-2019-p384/employ/signedECDSAP384.json", ecdsaVectors + "p384KeyPair.json"},
	} {
		t.Run(name, func(t *testing.T) {
			testdata.NotApplicable(t, "its context, https://w3id.org/citizenship/v4rc1, is not among the vectors (npm has it, in @digitalbazaar/citizenship-context)")
			public, _ := vectorKey(t, v.key)
			document, p := split(t, testdata.Read(t, v.signed))
			if err := p.Verify(t.Context(), document, public, table, vectorContexts(t)); !errors.Is(err, schemas.ErrUnknownContext) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestVectorsSelective: a suite that nobody has written yet is refused.
func TestVectorsSelective(t *testing.T) {
	for _, name := range []string{"employ", "prc"} {
		t.Run(name, func(t *testing.T) {
			testdata.NotApplicable(t, "ecdsa-sd-2023, which is not supported yet")
			public, _ := vectorKey(t, ecdsaVectors+"p256KeyPair.json")
			document, p := split(t, testdata.Read(t, ecdsaVectors+"ecdsa-sd-2023/"+name+"/addSignedSDBase.json"))
			if err := p.Verify(t.Context(), document, public, everySuite(t), vectorContexts(t)); !errors.Is(err, proof.ErrSuite) {
				t.Errorf("got %v", err)
			}
		})
	}
}
