package ed25519signature2020

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/jsonld"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/eddsa"
)

const (
	contextList = `"` + schemas.CredentialsV2 + `","` + schemas.Ed25519Signature2020V1 + `"`
	document    = `{"@context":[` + contextList + `],"type":["VerifiableCredential"],"issuer":"did:example:a","credentialSubject":{"id":"did:example:s","name":"Þórdís"}}`
	options     = `{"type":"Ed25519Signature2020","proofPurpose":"assertionMethod","verificationMethod":"did:example:a#k"}`
)

// TestReadOnly: nothing can be made to sign with it.
func TestReadOnly(t *testing.T) {
	if suite, ok := proof.Suite(RDFC2020{}).(proof.SigningSuite); ok {
		t.Errorf("%T signs", suite)
	}
}

func TestVerifyRefuses(t *testing.T) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	contexts, err := schemas.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	in := proof.Input{Document: []byte(document), Options: []byte(options), Contexts: contexts}
	with := func(documentFrom, documentTo, optionsFrom, optionsTo string) proof.Input {
		return proof.Input{
			Document: []byte(strings.Replace(document, documentFrom, documentTo, 1)),
			Options:  []byte(strings.Replace(options, optionsFrom, optionsTo, 1)),
			Contexts: contexts,
		}
	}
	// The value of eddsa-rdfc-2022 over the same input is the very one.
	good, err := eddsa.RDFC2022{}.Sign(t.Context(), in, private)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		in    proof.Input
		key   crypto.PublicKey
		value string
		want  error
	}{
		"good":                         {in, public, good, nil},
		"other options":                {with("", "", "assertionMethod", "authentication"), public, good, proof.ErrSignature},
		"other document":               {with("Þ", "D", "", ""), public, good, proof.ErrSignature},
		"other key":                    {in, other, good, proof.ErrSignature},
		"other algorithm":              {in, curve.Public(), good, proof.ErrKey},
		"empty value":                  {in, public, "", proof.ErrMalformed},
		"other base":                   {in, public, "u" + good[1:], proof.ErrMalformed},
		"cut off":                      {in, public, good[:40], proof.ErrMalformed},
		"too long":                     {in, public, good + good, proof.ErrMalformed},
		"undefined member":             {with("", "", `{`, `{"comment":"x",`), public, good, jsonld.ErrInvalid},
		"no context defines the type":  {with(`,"`+schemas.Ed25519Signature2020V1+`"`, ``, "", ""), public, good, jsonld.ErrInvalid},
		"a cryptosuite":                {with("", "", `{`, `{"cryptosuite":"eddsa-rdfc-2022",`), public, good, jsonld.ErrInvalid},
		"as a proof of data integrity": {with("", "", "Ed25519Signature2020", "DataIntegrityProof"), public, good, proof.ErrSignature},
	} {
		t.Run(name, func(t *testing.T) {
			if err := (RDFC2020{}).Verify(t.Context(), c.in, c.key, c.value); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}
