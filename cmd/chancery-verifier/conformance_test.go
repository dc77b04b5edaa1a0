package main

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	gojose "github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"
)

const conformanceIssuer = "https://registry.example/issuer"

var conformanceDocuments = map[string]string{
	"credential": `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],
		"issuer":"` + conformanceIssuer + `","credentialSubject":{"id":"did:example:holder","name":"Ada"}}`,
	"presentation": `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiablePresentation"],
		"holder":"` + conformanceIssuer + `","verifiableCredential":[{"@context":"https://www.w3.org/ns/credentials/v2",
		"type":"EnvelopedVerifiableCredential","id":"data:application/vc+jwt,e30.e30.e30"}]}`,
}

// methodFile writes a verification method with a new key of a curve.
func methodFile(t *testing.T, curve string) string {
	t.Helper()
	var private any
	var err error
	if curves := map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}; curves[curve] != nil {
		private, err = ecdsa.GenerateKey(curves[curve], rand.Reader)
	} else {
		_, private, err = ed25519.GenerateKey(rand.Reader)
	}
	if err != nil {
		t.Fatal(err)
	}
	secret := gojose.JSONWebKey{Key: private}
	data, err := json.Marshal(map[string]any{
		"id": conformanceIssuer + "#key-1", "type": "JsonWebKey", "controller": conformanceIssuer,
		"publicKeyJwk": secret.Public(), "secretKeyJwk": secret,
	})
	if err != nil {
		t.Fatal(err)
	}
	return writeFile(t, "vm.json", string(data))
}

func writeFile(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// conform runs one command of the suite and returns what it wrote.
func conform(t *testing.T, function, input, key, feature string, more ...string) (code int, result, data string) {
	t.Helper()
	output := filepath.Join(t.TempDir(), "result.json")
	args := append([]string{"conformance", function, "--input", input, "--key", key, "--feature", feature, "--output", output}, more...)
	code = run(t.Context(), args, streams{nil, io.Discard, io.Discard})
	written, err := os.ReadFile(output)
	if err != nil {
		t.Fatal(err)
	}
	var r struct{ Result, Data string }
	if err := json.Unmarshal(written, &r); err != nil {
		t.Fatal(err)
	}
	return code, r.Result, r.Data
}

// TestConformance issues and verifies every feature with every key of the
// suite, and shows each to a key and to a feature that it is not for.
func TestConformance(t *testing.T) {
	for _, curve := range []string{"P-256", "P-384", "P-521", "Ed25519"} {
		key, other := methodFile(t, curve), methodFile(t, curve)
		for kind, document := range conformanceDocuments {
			input := writeFile(t, "document.json", document)
			for _, form := range []string{"jose", "cose", "sdjwt"} {
				t.Run(curve+" "+kind+" "+form, func(t *testing.T) {
					feature := kind + "_" + form
					code, result, data := conform(t, "issue", input, key, feature)
					if code != exitAccepted || result != resultSuccess {
						t.Fatalf("issue: %d, %s", code, result)
					}
					envelope := writeFile(t, "envelope.txt", data+"\n")
					want := func(wantCode int, wantResult, key, feature string) {
						t.Helper()
						if code, result, data := conform(t, "verify", envelope, key, feature); code != wantCode || result != wantResult || data != "" {
							t.Errorf("verify %s: %d, %s, %q", feature, code, result, data)
						}
					}
					want(exitAccepted, resultSuccess, key, feature)
					want(exitNo, resultFailure, other, feature)
					for _, wrong := range []string{"credential_", "presentation_"} {
						for _, form := range []string{"jose", "cose", "sdjwt"} {
							if wrong+form != feature {
								want(exitNo, resultFailure, key, wrong+form)
							}
						}
					}
				})
			}
		}
	}
}

func TestConformancePointers(t *testing.T) {
	got, err := pointers(`["holder","a.b[0].c/d","x[10]"]`)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"/holder", "/a/b/0/c~1d", "/x/10"}, got); diff != "" {
		t.Error(diff)
	}
	if got, err := pointers(""); len(got) > 0 || err != nil {
		t.Errorf("no paths: %v, %v", got, err)
	}
}

// TestConformanceKeepsSecrets: an error about a key does not quote it.
func TestConformanceKeepsSecrets(t *testing.T) {
	const secret = "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IHNlY3I"
	input := writeFile(t, "document.json", conformanceDocuments["credential"])
	for _, content := range []string{
		`{"secretKeyJwk":{"kty":"OKP","crv":"Ed25519","d":"` + secret + `"}`,
		`{"secretKeyJwk":{"kty":"OKP","crv":"Ed25519","d":"` + secret + `","x":"` + secret + `"}}`,
		`{"publicKeyJwk":{"kty":"EC","crv":"P-256","d":"` + secret + `"}}`,
		`{"publicKeyJwk":{"kty":"` + secret + `","k":"` + secret + `"}}`,
	} {
		for _, function := range []string{"issue", "verify"} {
			var out strings.Builder
			args := []string{
				"conformance", function, "--input", input, "--key", writeFile(t, "vm.json", content),
				"--feature", "credential_jose", "--output", filepath.Join(t.TempDir(), "result.json"),
			}
			if code := run(t.Context(), args, streams{nil, &out, &out}); code != exitFailed {
				t.Errorf("%s with %s: exit code %d", function, content, code)
			}
			if strings.Contains(out.String(), secret) {
				t.Errorf("%s says %s", function, out.String())
			}
		}
	}
}
