package verifier_test

import (
	"testing"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/suites"
)

// TestLegacyCredential judges a credential as it was made before Data Integrity
// 1.0: data model 1.1 with an Ed25519Signature2020. It is off unless the policy
// asks for it.
func TestLegacyCredential(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	document := credtest.Object{
		"@context":          []any{schemas.CredentialsV1, schemas.Ed25519Signature2020V1},
		"type":              []any{"VerifiableCredential"},
		"issuer":            issuer.ID,
		"issuanceDate":      "2026-06-30T12:00:00Z",
		"credentialSubject": credtest.Object{"id": credtest.Holder},
	}
	unsigned := issuer.Proof()
	unsigned["type"] = "Ed25519Signature2020"
	delete(unsigned, "cryptosuite")
	data := issuer.Sign(t, document, unsigned)
	table, err := suites.Legacy()
	if err != nil {
		t.Fatal(err)
	}
	policy := lenientPolicy(issuer.ID, issuer.Contexts, table)
	report := judge(t, data, policy)
	wantVerdict(t, report, verifier.VerdictAccepted)
	wantCheck(t, report, verifier.CheckProof, verifier.Established, "Ed25519Signature2020 by "+issuer.Method)

	policy.Suites = nil
	wantCheck(t, judge(t, data, policy), verifier.CheckProof, verifier.Refused, `type "Ed25519Signature2020"`)

	// The context of that time has no end of a proof's validity.
	unsigned["expires"] = "2027-01-01T00:00:00Z"
	if signed, err := issuer.TrySign(t, document, unsigned); err == nil {
		t.Errorf("signed a member that means nothing: %s", signed)
	}
}
