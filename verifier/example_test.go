package verifier_test

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/bitstring"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier"
	"github.com/chancery-vc/chancery/verifier/bundle"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/eddsa"
	"github.com/chancery-vc/chancery/verifier/status"
)

// A relying party verifies a credential with a bundle of its issuer. It got
// the issuer's identifier and key on another way.
func ExampleVerify() {
	issuer, key, credential, bundleFile, now := material()

	known, err := bundle.Open(bundleFile, key)
	check(err)
	report, err := verifier.Verify(context.Background(), credential, verifier.Policy{
		Now: now, Issuer: verifier.Expect(issuer), Status: verifier.Expect(status.Revocation), Freshness: verifier.Expect(24 * time.Hour),
		Domain: verifier.Ignore[string](), Challenge: verifier.Ignore[string](), LogReceipt: verifier.Ignore[string](),
		Bundles: []*bundle.Bundle{known},
	})
	check(err)
	fmt.Println(report.Verdict())
	fmt.Println(report.Verified().Subjects()[0]["name"]) // Verified is nil unless the verdict is accepted

	// Output:
	// accepted
	// Ada
}

type object = map[string]any

// material makes what an issuer hands out: a credential, and a bundle with the
// status list that the credential names.
func material() (issuer string, public crypto.PublicKey, credential, bundleFile []byte, now time.Time) {
	const listURL = "https://registry.example/status/1"
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	issuer, method, err := did.FromKey(key.Public())
	check(err)
	now = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	template := proof.Template{VerificationMethod: method, Purpose: proof.AssertionMethod, Created: now}
	encoded, err := bitstring.New(bitstring.MinLength).Encode()
	check(err)

	credential = sign(key, template, object{
		"@context": schemas.CredentialsV2, "type": "VerifiableCredential", "issuer": issuer,
		"credentialSubject": object{"name": "Ada"},
		"credentialStatus": object{
			"type": "BitstringStatusListEntry", "statusPurpose": status.Revocation,
			"statusListCredential": listURL, "statusListIndex": "94567",
		},
	})
	list := sign(key, template, object{
		"@context": schemas.CredentialsV2, "type": []string{"VerifiableCredential", status.TypeCredential}, "issuer": issuer, "id": listURL,
		"credentialSubject": object{"type": status.TypeList, "statusPurpose": status.Revocation, "encodedList": encoded},
	})
	bundleFile, err = bundle.Sign(bundle.Content{Issuer: issuer, Created: now.Format(time.RFC3339), StatusLists: []jsontext.Value{list}}, key)
	check(err)
	return issuer, key.Public(), credential, bundleFile, now
}

func sign(key crypto.Signer, template proof.Template, document object) []byte {
	data, err := json.Marshal(document)
	check(err)
	contexts, err := schemas.Embedded()
	check(err)
	signed, err := proof.Sign(context.Background(), data, template, eddsa.RDFC2022{}, key, contexts)
	check(err)
	return signed
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
