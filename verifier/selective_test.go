package verifier_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/bbs"
	"github.com/chancery-vc/chancery/verifier/proof/ecdsasd"
	"github.com/chancery-vc/chancery/verifier/suites"
)

// TestSelectiveDisclosure judges what a holder shows of a credential, in both
// data models, and refuses the base proof.
func TestSelectiveDisclosure(t *testing.T) {
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	bls, err := bbs.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("ecdsa-sd-2023", func(t *testing.T) { discloseSelectively(t, ecdsasd.SD2023{}, p256) })
	t.Run("bbs-2023", func(t *testing.T) { discloseSelectively(t, bbs.BBS2023{}, bls) })
}

func discloseSelectively(t *testing.T, suite proof.SelectiveSuite, key crypto.Signer) {
	id, method, err := did.FromKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	contexts, err := schemas.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	table, err := suites.All()
	if err != nil {
		t.Fatal(err)
	}
	policy := lenientPolicy(id, contexts, table)
	for name, c := range map[string]struct {
		document  credtest.Object
		mandatory []string
	}{
		"2.0": {
			credtest.Object{
				"@context": []any{schemas.CredentialsV2}, "validFrom": "2026-07-01T11:00:00Z",
				"name": "shown", "description": "withheld",
			},
			[]string{"/issuer", "/validFrom"},
		},
		"1.1": {
			credtest.Object{
				"@context": []any{schemas.CredentialsV1, schemas.DataIntegrityV2}, "issuanceDate": "2026-07-01T11:00:00Z", "expirationDate": "2036-07-01T11:00:00Z",
			},
			[]string{"/issuer", "/issuanceDate"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			c.document["type"], c.document["issuer"] = []any{"VerifiableCredential"}, id
			c.document["credentialSubject"] = credtest.Object{"id": credtest.Holder}
			template := proof.Template{VerificationMethod: method, Purpose: proof.AssertionMethod, Created: credtest.Now.Add(-time.Hour)}
			base, err := proof.Sign(t.Context(), credtest.Marshal(t, c.document), template, suite.WithMandatory(c.mandatory), key, contexts)
			if err != nil {
				t.Fatal(err)
			}
			wantCheck(t, judge(t, base, policy), verifier.CheckProof, verifier.Refused, proof.ErrBase.Error())
			derived, err := proof.Derive(t.Context(), base, []string{"/credentialSubject"}, table, contexts)
			if err != nil {
				t.Fatal(err)
			}
			report := judge(t, derived, policy)
			wantVerdict(t, report, verifier.VerdictAccepted)
			wantCheck(t, report, verifier.CheckProof, verifier.Established, suite.Cryptosuite()+" by "+method)
			shown := credtest.Unmarshal(t, derived)
			for _, withheld := range []string{"name", "description", "expirationDate"} {
				if _, ok := shown[withheld]; ok {
					t.Errorf("%s is disclosed", withheld)
				}
			}
		})
	}
}
