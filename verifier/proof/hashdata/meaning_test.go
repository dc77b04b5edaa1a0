package hashdata_test

import (
	"crypto"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/jsonld"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/hashdata"
)

// honest is a proof made to authenticate, as it was signed.
const honest = `{"type":"DataIntegrityProof","cryptosuite":"eddsa-rdfc-2022","proofPurpose":"authentication","verificationMethod":"did:example:a#k"}`

// twisted is a context of somebody who wants that proof to be read as another
// one. The security vocabulary has the words that are not redefined.
const twisted = `{"@context":{
	"@vocab": "https://w3id.org/security#",
	"type": "@type",
	"Ed25519Signature2020": "https://w3id.org/security#DataIntegrityProof",
	"suite": {"@id": "cryptosuite", "@type": "https://w3id.org/security#cryptosuiteString"},
	"cryptosuite": {"@type": "https://w3id.org/security#cryptosuiteString"},
	"proofPurpose": {"@type": "@vocab", "@context": {
		"assertionMethod": "https://w3id.org/security#authenticationMethod",
		"authentication": "https://w3id.org/security#authenticationMethod"
	}},
	"purpose": {"@id": "proofPurpose", "@type": "@vocab"},
	"verificationMethod": {"@type": "@id"},
	"by": {"@id": "verificationMethod", "@type": "@vocab"},
	"mine": "did:example:a#k"
}}`

func twistedContexts(t *testing.T) *schemas.Contexts {
	t.Helper()
	contexts, err := schemas.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	contexts, err = contexts.With("https://evil.example/v1", []byte(twisted), schemas.Digest([]byte(twisted)))
	if err != nil {
		t.Fatal(err)
	}
	return contexts
}

func inputOf(context, options string, contexts *schemas.Contexts) proof.Input {
	document := fmt.Sprintf(`{"@context":%q,"type":"VerifiableCredential"}`, context)
	return proof.Input{Document: []byte(document), Options: []byte(options), Contexts: contexts}
}

// canonicalOptions returns what is signed of the options.
func canonicalOptions(t *testing.T, in proof.Input) string {
	t.Helper()
	inContext, err := in.OptionsInContext()
	if err != nil {
		t.Fatal(err)
	}
	nquads, err := jsonld.Canonicalize(t.Context(), inContext, in.Contexts, crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return string(nquads)
}

// TestOtherMeaning reads one signed proof in a context that gives its words
// other meanings: each time the statements are those that were signed, and the
// JSON says something else.
func TestOtherMeaning(t *testing.T) {
	contexts := twistedContexts(t)
	signed := inputOf(schemas.CredentialsV2, honest, contexts)
	if data, err := hashdata.RDFC(t.Context(), signed, crypto.SHA256); err != nil || len(data) != 64 {
		t.Fatalf("as it was signed: got %x, %v", data, err)
	}
	for name, replace := range map[string][]string{
		"another type":                 {`DataIntegrityProof`, `Ed25519Signature2020`},
		"another purpose":              {`"authentication"`, `"assertionMethod"`},
		"no purpose":                   {`"proofPurpose":"authentication"`, `"purpose":"authenticationMethod"`},
		"no cryptosuite":               {`"cryptosuite":`, `"suite":`},
		"another type, no cryptosuite": {`DataIntegrityProof`, `Ed25519Signature2020`, `"cryptosuite":`, `"suite":`},
		"another name for the method":  {`"verificationMethod":"did:example:a#k"`, `"by":"mine"`},
	} {
		t.Run(name, func(t *testing.T) {
			forged := inputOf("https://evil.example/v1", strings.NewReplacer(replace...).Replace(honest), contexts)
			if diff := cmp.Diff(canonicalOptions(t, signed), canonicalOptions(t, forged)); diff != "" {
				t.Fatalf("that is not under the signature at all: %s", diff)
			}
			if data, err := hashdata.RDFC(t.Context(), forged, crypto.SHA256); !errors.Is(err, proof.ErrMalformed) {
				t.Errorf("got %x, %v", data, err)
			}
		})
	}
}

// TestSaidTwice: of each of these a proof says one thing.
func TestSaidTwice(t *testing.T) {
	for _, more := range []string{`"suite":"ecdsa-rdfc-2019"`, `"purpose":"assertionMethod"`, `"by":"urn:other:key"`} {
		options := strings.Replace(honest, `{`, `{`+more+`,`, 1)
		if data, err := hashdata.RDFC(t.Context(), inputOf("https://evil.example/v1", options, twistedContexts(t)), crypto.SHA256); !errors.Is(err, proof.ErrMalformed) {
			t.Errorf("%s: got %x, %v", more, data, err)
		}
	}
}
