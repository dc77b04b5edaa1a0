package ed25519signature2020

import (
	"maps"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/jsonld"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/eddsa"
	"github.com/chancery-vc/chancery/verifier/proof/prooftest"
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
	in, key := prooftest.Input(t, document, options), prooftest.Ed25519(t)
	// The value of eddsa-rdfc-2022 over the same input is the very one.
	good, err := eddsa.RDFC2022{}.Sign(t.Context(), in, key)
	if err != nil {
		t.Fatal(err)
	}
	with := func(document, options string, want error) prooftest.Verification {
		return prooftest.Verification{In: prooftest.Input(t, document, options), Key: key.Public(), Value: good, Want: want}
	}
	cases := prooftest.EdDSA(t, in, key.Public(), good)
	maps.Copy(cases, map[string]prooftest.Verification{
		"undefined member":             with(document, strings.Replace(options, `{`, `{"comment":"x",`, 1), jsonld.ErrInvalid),
		"no context defines the type":  with(strings.Replace(document, `,"`+schemas.Ed25519Signature2020V1+`"`, ``, 1), options, jsonld.ErrInvalid),
		"a cryptosuite":                with(document, strings.Replace(options, `{`, `{"cryptosuite":"eddsa-rdfc-2022",`, 1), jsonld.ErrInvalid),
		"as a proof of data integrity": with(document, strings.Replace(options, "Ed25519Signature2020", "DataIntegrityProof", 1), proof.ErrSignature),
	})
	prooftest.Verify(t, RDFC2020{}, cases)
}
