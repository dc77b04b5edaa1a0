package eddsa

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/multiformats/go-multibase"

	"github.com/chancery-vc/chancery/internal/jsonld"
	"github.com/chancery-vc/chancery/internal/testdata"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/proof"
)

const examplesV2 = "https://www.w3.org/ns/credentials/examples/v2"

// vectorContexts returns the embedded contexts and the one of the standards'
// examples.
func vectorContexts(t testing.TB) *schemas.Contexts {
	t.Helper()
	contexts, err := schemas.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	examples := testdata.Read(t, "vectors/vc-data-model/contexts/credentials/examples/v2")
	contexts, err = contexts.With(examplesV2, examples, schemas.Digest(examples))
	if err != nil {
		t.Fatal(err)
	}
	return contexts
}

func vectorKey(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	var pair struct {
		Private string `json:"privateKeyMultibase"`
	}
	if err := json.Unmarshal(testdata.Read(t, "vectors/vc-di-eddsa/TestVectors/keyPair.json"), &pair); err != nil {
		t.Fatal(err)
	}
	_, data, err := multibase.Decode(pair.Private)
	if err != nil {
		t.Fatal(err)
	}
	return ed25519.NewKeyFromSeed(data[2:])
}

// vector is the folder of the Recommendation's appendix B.1. Its sibling
// "employ" names a context that is not among the vectors.
const vector = "vectors/vc-di-eddsa/TestVectors/eddsa-rdfc-2022/"

// TestVector verifies the signed document of appendix B.1 and holds the
// canonical form against it.
func TestVector(t *testing.T) {
	contexts := vectorContexts(t)
	document, proofs, err := proof.Split(testdata.Read(t, vector+"signedDataInt.json"))
	if err != nil {
		t.Fatal(err)
	}
	canonical, err := jsonld.Canonicalize(t.Context(), document, contexts, crypto.SHA256)
	if want := testdata.Read(t, vector+"canonDocDataInt.txt"); err != nil || !bytes.Equal(canonical, want) {
		t.Errorf("canonical document: %v\n%s\nwant\n%s", err, canonical, want)
	}
	table, err := proof.NewTable(RDFC2022{})
	if err != nil {
		t.Fatal(err)
	}
	if err := proofs[0].Verify(t.Context(), document, vectorKey(t).Public(), table, contexts); err != nil {
		t.Error(err)
	}
}

// TestSignVector makes the very proof value of appendix B.1.
func TestSignVector(t *testing.T) {
	document, proofs, err := proof.Split(testdata.Read(t, vector+"signedDataInt.json"))
	if err != nil {
		t.Fatal(err)
	}
	template := proof.Template{
		VerificationMethod: proofs[0].VerificationMethod, Purpose: proofs[0].Purpose, Created: proofs[0].Created,
	}
	signed, err := proof.Sign(t.Context(), document, template, RDFC2022{}, vectorKey(t), vectorContexts(t))
	if err != nil {
		t.Fatal(err)
	}
	_, again, err := proof.Split(signed)
	if err != nil || again[0].Value != proofs[0].Value {
		t.Errorf("got %v, %v, want %s", again, err, proofs[0].Value)
	}
}

func sign(t *testing.T, document string) ([]byte, *proof.Proof, ed25519.PublicKey) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	contexts, err := schemas.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	template := proof.Template{VerificationMethod: "did:example:a#b", Purpose: proof.AssertionMethod, Created: time.Now()}
	signed, err := proof.Sign(t.Context(), []byte(document), template, RDFC2022{}, private, contexts)
	if err != nil {
		t.Fatal(err)
	}
	unsecured, proofs, err := proof.Split(signed)
	if err != nil {
		t.Fatal(err)
	}
	return unsecured, proofs[0], public
}

const document = `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],"issuer":"did:example:a","credentialSubject":{"id":"did:example:s","name":"Þórdís"}}`

func TestVerifyRefuses(t *testing.T) {
	unsecured, good, public := sign(t, document)
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
	in := proof.Input{Document: unsecured, Options: []byte(`{"@context":["https://www.w3.org/ns/credentials/v2"],"type":"DataIntegrityProof"}`), Contexts: contexts}
	for name, c := range map[string]struct {
		key   crypto.PublicKey
		value string
		want  error
	}{
		"other options":   {public, good.Value, proof.ErrSignature},
		"other key":       {other, good.Value, proof.ErrSignature},
		"other algorithm": {curve.Public(), good.Value, proof.ErrKey},
		"empty value":     {public, "", proof.ErrMalformed},
		"other base":      {public, "u" + good.Value[1:], proof.ErrMalformed},
		"cut off":         {public, good.Value[:40], proof.ErrMalformed},
		"too long":        {public, good.Value + good.Value, proof.ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			if err := (RDFC2022{}).Verify(t.Context(), in, c.key, c.value); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestSignRefusesOtherKeys(t *testing.T) {
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if value, err := (RDFC2022{}).Sign(t.Context(), proof.Input{}, curve); !errors.Is(err, proof.ErrKey) {
		t.Errorf("got %s, %v", value, err)
	}
}

func BenchmarkVerify(b *testing.B) {
	document, proofs, err := proof.Split(testdata.Read(b, vector+"signedDataInt.json"))
	if err != nil {
		b.Fatal(err)
	}
	contexts, key := vectorContexts(b), vectorKey(b).Public()
	table, err := proof.NewTable(RDFC2022{})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if err := proofs[0].Verify(b.Context(), document, key, table, contexts); err != nil {
			b.Fatal(err)
		}
	}
}
