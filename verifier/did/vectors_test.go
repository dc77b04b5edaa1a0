package did_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/testdata"
	"github.com/chancery-vc/chancery/verifier/did"
)

type keyVector struct {
	Document map[string]any `json:"didDocument"`
}

// keyVectors returns the documents of one file of the method's old vectors by
// their ids. One of the files has them all in one object.
func keyVectors(t *testing.T, name string) map[string]keyVector {
	t.Helper()
	data := testdata.Read(t, "vectors/did-key/test-vectors/"+name+".json")
	vectors := map[string]keyVector{}
	if err := json.Unmarshal(data, &vectors); err != nil {
		t.Fatal(err)
	}
	if all, ok := vectors["didDocument"]; ok && name == "x25519" && all.Document == nil {
		var documents struct {
			Documents map[string]map[string]any `json:"didDocument"`
		}
		if err := json.Unmarshal(data, &documents); err != nil {
			t.Fatal(err)
		}
		delete(vectors, "didDocument")
		for id, document := range documents.Documents {
			vectors[id] = keyVector{document}
		}
	}
	return vectors
}

// TestVectorsDocuments compares whole documents with the method's old vectors,
// where those have JsonWebKey2020. What they say besides is passed over: that
// elliptic curves are for key agreement, which the method no longer says.
func TestVectorsDocuments(t *testing.T) {
	compared := 0
	for _, name := range []string{"ed25519-x25519", "nist-curves", "secp256k1", "x25519", "bls12381", "rsa"} {
		for id, v := range keyVectors(t, name) {
			t.Run(name+"/"+id[:min(len(id), 60)], func(t *testing.T) {
				if reason := notWritten(name, v.Document); reason != "" {
					testdata.NotApplicable(t, reason)
					return
				}
				compared++
				d, err := did.Key{PublicKeyFormat: "JsonWebKey2020", DeriveKeyAgreement: true}.Resolve(t.Context(), id)
				if err != nil {
					t.Fatal(err)
				}
				if name == "nist-curves" || name == "secp256k1" {
					delete(v.Document, "keyAgreement")
				}
				if diff := cmp.Diff(v.Document, members(t, d)); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
	if compared != 9 {
		t.Errorf("%d documents were compared, not 9", compared)
	}
}

// notWritten says why a document of the vectors is not one that this package
// makes.
func notWritten(name string, document map[string]any) string {
	contexts, _ := document["@context"].([]any)
	switch {
	case name == "rsa":
		return "RSA, which the method no longer has"
	case name == "bls12381":
		return "a document for BLS12-381 by contexts that the method no longer has"
	case len(contexts) < 2 || !strings.Contains(contexts[1].(string), "jws-2020"):
		return "a type of verification method that the method no longer makes; the key itself is compared"
	}
	return ""
}
