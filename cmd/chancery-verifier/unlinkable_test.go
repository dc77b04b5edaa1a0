package main

import (
	"crypto/rand"
	"time"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/bbs"
	"github.com/chancery-vc/chancery/verifier/suites"
)

// unlinkable writes what a holder shows of a credential with a bbs-2023 proof.
func (f fixtures) unlinkable() (issuer string) {
	key, err := bbs.GenerateKey(rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	id, method, err := did.FromKey(key.Public())
	if err != nil {
		f.Fatal(err)
	}
	registry := credtest.NewIssuer(f, "registry")
	document := registry.Credential()
	document["issuer"] = id
	delete(document, "credentialStatus")
	template := proof.Template{VerificationMethod: method, Purpose: proof.AssertionMethod, Created: credtest.Now.Add(-time.Hour)}
	suite := bbs.BBS2023{}.WithMandatory([]string{"/issuer", "/validUntil"})
	signed, err := proof.Sign(f.Context(), credtest.Marshal(f, document), template, suite, key, registry.Contexts)
	if err != nil {
		f.Fatal(err)
	}
	all, err := suites.All()
	if err != nil {
		f.Fatal(err)
	}
	shown, err := proof.Derive(f.Context(), signed, []string{"/credentialSubject/givenNames"}, all, registry.Contexts)
	if err != nil {
		f.Fatal(err)
	}
	f.write("shown.json", shown)
	return id
}
