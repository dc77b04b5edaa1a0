package main

import (
	"bytes"
	"time"

	"filippo.io/mldsa"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/internal/multikey"
	"github.com/chancery-vc/chancery/verifier/proof"
	mldsasuite "github.com/chancery-vc/chancery/verifier/proof/mldsa"
)

// experimental writes credentials of an issuer with a key of Ed25519 and one of
// ML-DSA-44: by both, by the first alone, and by both with another name in it.
func (f fixtures) experimental() (issuer string) {
	first := credtest.NewWebIssuer(f, "did:web:quantum.example", "quantum")
	second, err := mldsa.NewPrivateKey(mldsa.MLDSA44(), make([]byte, mldsa.PrivateKeySize))
	if err != nil {
		f.Fatal(err)
	}
	method := first.ID + "#second"
	both := func(secured []byte, created time.Time) []byte {
		template := proof.Template{VerificationMethod: method, Purpose: proof.AssertionMethod, Created: created}
		set, err := proof.Add(f.Context(), secured, template, mldsasuite.RDFC2024{}, second, first.Contexts)
		if err != nil {
			f.Fatal(err)
		}
		return set
	}
	now := credtest.Now.Add(-time.Hour)
	f.write("one.json", first.Signed(f))
	f.write("both.json", both(first.Signed(f), now))
	f.write("both-altered.json", bytes.Replace(both(first.Signed(f), now), []byte("O'Brien"), []byte("O'Briem"), 1))
	content := first.Content(f, now, both(first.SignedList(f, now), now))
	content.Controllers[0] = f.withMethod(content.Controllers[0], first.ID, method, second.PublicKey())
	f.write("quantum.bundle", first.SignBundle(f, content))
	return first.ID
}

// withMethod returns the controller document of id with one more method.
func (f fixtures) withMethod(document []byte, id, method string, key *mldsa.PublicKey) []byte {
	value, err := multikey.Encode(key)
	if err != nil {
		f.Fatal(err)
	}
	object := credtest.Unmarshal(f, document)
	object["verificationMethod"] = append(object["verificationMethod"].([]any), credtest.Object{
		"id": method, "type": "Multikey", "controller": id, "publicKeyMultibase": value,
	})
	object["assertionMethod"] = append(object["assertionMethod"].([]any), method)
	return credtest.Marshal(f, object)
}
