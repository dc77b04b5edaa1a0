package suites_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"encoding/hex"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/multiformats/go-multibase"

	"github.com/chancery-vc/chancery/internal/multikey"
	"github.com/chancery-vc/chancery/internal/testdata"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/bbs"
	"github.com/chancery-vc/chancery/verifier/proof/selective/selectivetest"
	"github.com/chancery-vc/chancery/verifier/suites"
)

const (
	eddsaVectors = "vectors/vc-di-eddsa/TestVectors/"
	ecdsaVectors = "vectors/vc-di-ecdsa/TestVectors/"
	bbsVectors   = "vectors/vc-di-bbs/TestVectors/"
	examplesV2   = "https://www.w3.org/ns/credentials/examples/v2"
)

type vector struct{ name, signed, key string }

// vectors are the signed documents of the Recommendations' appendices.
var vectors = []vector{
	{"eddsa-rdfc-2022", eddsaVectors + "eddsa-rdfc-2022/signedDataInt.json", eddsaVectors + "keyPair.json"},
	{"eddsa-jcs-2022", eddsaVectors + "eddsa-jcs-2022/signedJCS.json", eddsaVectors + "keyPair.json"},
	{"ecdsa-rdfc-2019 P-256", ecdsaVectors + "ecdsa-rdfc-2019-p256/signedECDSAP256.json", ecdsaVectors + "p256KeyPair.json"},
	{"ecdsa-rdfc-2019 P-384", ecdsaVectors + "ecdsa-rdfc-2019-p384/signedECDSAP384.json", ecdsaVectors + "p384KeyPair.json"},
	{"ecdsa-jcs-2019 P-256", ecdsaVectors + "ecdsa-jcs-2019-p256/signedJCSECDSAP256.json", ecdsaVectors + "p256KeyPair.json"},
	{"ecdsa-jcs-2019 P-384", ecdsaVectors + "ecdsa-jcs-2019-p384/signedJCSECDSAP384.json", ecdsaVectors + "p384KeyPair.json"},
	{"ecdsa-sd-2023 prc", ecdsaVectors + "ecdsa-sd-2023/prc/derivedRevealDocument.json", ecdsaVectors + "ecdsa-sd-2023/SDKeyMaterial.json"},
	{"ecdsa-sd-2023 employ", ecdsaVectors + "ecdsa-sd-2023/employ/derivedRevealDocument.json", ecdsaVectors + "ecdsa-sd-2023/SDKeyMaterial.json"},
	{"bbs-2023 prc", bbsVectors + "prc/derivedRevealDocument.json", bbsVectors + "BBSKeyMaterial.json"},
	{"Ed25519Signature2020", eddsaVectors + "Ed25519Signature2020/signedEdSig.json", eddsaVectors + "keyPair.json"},
}

// signable returns the vectors of suites that are not for reading only.
func signable(t *testing.T) []vector {
	t.Helper()
	var all []vector
	for _, v := range vectors {
		_, p := split(t, testdata.Read(t, v.signed))
		suite, err := everySuite(t).Lookup(p.Type, p.Cryptosuite)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := suite.(proof.SigningSuite); ok {
			all = append(all, v)
		}
	}
	if len(all) != len(vectors)-1 {
		t.Fatalf("%d of %d vectors can be signed", len(all), len(vectors))
	}
	return all
}

// TestEachSuiteHasVectors: of each suite there is a vector.
func TestEachSuiteHasVectors(t *testing.T) {
	for _, suite := range everySuite(t).Suites() {
		if !slices.ContainsFunc(vectors, func(v vector) bool {
			_, p := split(t, testdata.Read(t, v.signed))
			return p.Type == suite.Type() && p.Cryptosuite == suite.Cryptosuite()
		}) {
			t.Errorf("%T has no vector", suite)
		}
	}
}

func vectorContexts(t *testing.T) *schemas.Contexts {
	t.Helper()
	contexts := selectivetest.Contexts(t)
	examples := testdata.Read(t, "vectors/vc-data-model/contexts/credentials/examples/v2")
	contexts, err := contexts.With(examplesV2, examples, schemas.Digest(examples))
	if err != nil {
		t.Fatal(err)
	}
	return contexts
}

// vectorKey reads a key pair of the vectors: a Multikey and its secret.
func vectorKey(t *testing.T, name string) (crypto.PublicKey, crypto.Signer) {
	t.Helper()
	type keyPair struct {
		Public  string `json:"publicKeyMultibase"`
		Private string `json:"privateKeyMultibase"`
		Secret  string `json:"secretKeyMultibase"`
	}
	var file struct {
		keyPair
		Base keyPair `json:"baseKeyPair"`   // where there are several
		BBS  string  `json:"privateKeyHex"` // in bbs-2023
	}
	if err := json.Unmarshal(testdata.Read(t, name), &file); err != nil {
		t.Fatal(err)
	}
	if file.BBS != "" {
		private := blsKey(t, file.BBS)
		return private.Public(), private
	}
	pair := file.keyPair
	if pair.Public == "" {
		pair = file.Base
	}
	public, err := multikey.Decode(pair.Public)
	if err != nil {
		t.Fatal(err)
	}
	_, secret, err := multibase.Decode(pair.Private + pair.Secret)
	if err != nil {
		t.Fatal(err)
	}
	return public, privateKey(t, public, secret[2:])
}

func blsKey(t *testing.T, text string) crypto.Signer {
	t.Helper()
	secret, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	private, err := bbs.ParsePrivateKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	return private
}

func privateKey(t *testing.T, public crypto.PublicKey, secret []byte) crypto.Signer {
	t.Helper()
	if _, ok := public.(ed25519.PublicKey); ok {
		return ed25519.NewKeyFromSeed(secret)
	}
	curve := elliptic.P256()
	if len(secret) == 48 {
		curve = elliptic.P384()
	}
	private, err := ecdsa.ParseRawPrivateKey(curve, secret)
	if err != nil {
		t.Fatal(err)
	}
	return private
}

func split(t *testing.T, secured []byte) ([]byte, *proof.Proof) {
	t.Helper()
	document, proofs, err := proof.Split(secured)
	if err != nil || len(proofs) != 1 {
		t.Fatalf("%d proofs, %v", len(proofs), err)
	}
	return document, proofs[0]
}

func everySuite(t *testing.T) *proof.Table {
	t.Helper()
	table, err := suites.Legacy()
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// resign signs document as p was signed: by its suite, in its terms. Of a proof
// that discloses selectively, the one is returned that discloses all.
func resign(t *testing.T, document []byte, p *proof.Proof, key crypto.Signer, contexts *schemas.Contexts) []byte {
	t.Helper()
	suite, err := everySuite(t).Lookup(p.Type, p.Cryptosuite)
	if err != nil {
		t.Fatal(err)
	}
	template := proof.Template{VerificationMethod: p.VerificationMethod, Purpose: p.Purpose, Created: p.Created}
	signed, err := proof.Sign(t.Context(), document, template, suite.(proof.SigningSuite), key, contexts)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := suite.(proof.SelectiveSuite); ok {
		if signed, err = proof.Derive(t.Context(), signed, []string{""}, everySuite(t), contexts); err != nil {
			t.Fatal(err)
		}
	}
	return signed
}

// keyOf returns the key of a proof by a did:key.
func keyOf(t *testing.T, p *proof.Proof) crypto.PublicKey {
	t.Helper()
	id, _, _ := strings.Cut(p.VerificationMethod, "#")
	public, err := multikey.FromDID(id)
	if err != nil {
		t.Fatal(err)
	}
	return public
}

func TestVectors(t *testing.T) {
	table := everySuite(t)
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			public, _ := vectorKey(t, v.key)
			document, p := split(t, testdata.Read(t, v.signed))
			if err := p.Verify(t.Context(), document, public, table, vectorContexts(t)); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestSignVectors signs the vectors' documents again. Ed25519 gives the very
// value of the vector; ECDSA gives another one each time, which verifies.
func TestSignVectors(t *testing.T) {
	table := everySuite(t)
	for _, v := range signable(t) {
		t.Run(v.name, func(t *testing.T) {
			public, private := vectorKey(t, v.key)
			contexts := vectorContexts(t)
			document, p := split(t, testdata.Read(t, v.signed))
			signed := resign(t, document, p, private, contexts)
			again, made := split(t, signed)
			if _, ok := public.(ed25519.PublicKey); ok && made.Value != p.Value {
				t.Errorf("got %s, want %s", made.Value, p.Value)
			}
			if err := made.Verify(t.Context(), again, public, table, contexts); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestEachBit changes each bit of a document and of its proof value, on every
// suite that signs: none verifies.
func TestEachBit(t *testing.T) {
	table := everySuite(t)
	for _, v := range signable(t) {
		t.Run(v.name, func(t *testing.T) {
			public, private := vectorKey(t, v.key)
			contexts := vectorContexts(t)
			small := []byte(`{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],"issuer":"did:example:a","credentialSubject":{"name":"Þ"}}`)
			_, p := split(t, testdata.Read(t, v.signed))
			signed := resign(t, small, p, private, contexts)
			step := 1
			if testing.Short() {
				step = 37
			}
			for bit := 0; bit < len(signed)*8; bit += step {
				flipped := bytes.Clone(signed)
				flipped[bit/8] ^= 1 << (bit % 8)
				document, proofs, err := proof.Split(flipped)
				if err != nil {
					continue
				}
				if proofs[0].Verify(t.Context(), document, public, table, contexts) == nil {
					t.Errorf("bit %d of byte %d: %q still verifies", bit%8, bit/8, flipped[bit/8])
				}
			}
		})
	}
}

// TestProofSetsAndChains verifies the proof set and the proof chain of the
// EdDSA cryptosuites' appendix, each of whose proofs is by another key.
func TestProofSetsAndChains(t *testing.T) {
	table := everySuite(t)
	for name, want := range map[string]int{"signedProofSet1": 1, "signedProofSet2": 2, "signedProofChain1": 3, "signedProofChain2": 4} {
		t.Run(name, func(t *testing.T) {
			document, proofs, err := proof.Split(testdata.Read(t, eddsaVectors+"proof-set-chain/"+name+".json"))
			if err != nil || len(proofs) != want {
				t.Fatalf("%d proofs, %v", len(proofs), err)
			}
			for i, p := range proofs {
				if err := p.Verify(t.Context(), document, keyOf(t, p), table, vectorContexts(t)); err != nil {
					t.Errorf("proof %d: %v", i, err)
				}
			}
		})
	}
}

// TestChainsHoldTheirLinks: a proof of a chain is good only over the proofs
// before it, as they are.
func TestChainsHoldTheirLinks(t *testing.T) {
	table := everySuite(t)
	chain := string(testdata.Read(t, eddsaVectors+"proof-set-chain/signedProofChain1.json"))
	const first, second = "urn:uuid:26329423-bec9-4b2e-88cb-a7c7d9dc4544", "urn:uuid:8cc9022b-6b14-4cf3-8571-74972c5feb54"
	list := regexp.MustCompile(`"previousProof": \[[^]]*\]`)
	for name, changed := range map[string]string{
		"a link less":      list.ReplaceAllString(chain, `"previousProof": "`+first+`"`),
		"no link":          list.ReplaceAllString(chain, `"nonce": "x"`),
		"a value changed":  strings.Replace(chain, `"proofValue": "z66v`, `"proofValue": "z66w`, 1),
		"a time changed":   strings.Replace(chain, `"created": "2023-02-24T23:36:38Z"`, `"created": "2023-02-24T23:36:39Z"`, 1),
		"proofs exchanged": strings.NewReplacer(first, second, second, first).Replace(chain),
	} {
		t.Run(name, func(t *testing.T) {
			if changed == chain {
				t.Fatal("nothing was changed")
			}
			document, proofs, err := proof.Split([]byte(changed))
			if err != nil {
				t.Fatal(err)
			}
			last := proofs[len(proofs)-1]
			if last.Verify(t.Context(), document, keyOf(t, last), table, vectorContexts(t)) == nil {
				t.Error("the last proof still verifies")
			}
		})
	}
	for name, changed := range map[string]string{
		"a proof missing": strings.Replace(chain, `"id": "`+first+`"`, `"id": "urn:uuid:00000000-0000-0000-0000-000000000000"`, 1),
		"an id twice":     strings.Replace(chain, `"id": "`+first+`"`, `"id": "`+second+`"`, 1),
	} {
		if _, _, err := proof.Split([]byte(changed)); !errors.Is(err, proof.ErrMalformed) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
