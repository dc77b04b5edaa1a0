package selectivetest

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/prooftest"
)

// Document is a document of the data model 2.0 with two subjects, of which one
// is a blank node; Older is one of 1.1.
const (
	Document = `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],"issuer":"did:example:a",` +
		`"name":"Þórdís","description":"a text","validUntil":"2027-01-01T00:00:00Z","credentialSubject":[{"id":"did:example:s","name":"Anna"},{"name":"Bea"}]}`
	Older = `{"@context":["https://www.w3.org/2018/credentials/v1","https://w3id.org/security/data-integrity/v2"],"type":["VerifiableCredential"],` +
		`"issuer":"did:example:a","issuanceDate":"2026-01-01T00:00:00Z","expirationDate":"2027-01-01T00:00:00Z","credentialSubject":{"id":"did:example:s"}}`
)

// Mandatory are pointers into [Document].
func Mandatory() []string { return []string{"/issuer", "/validUntil"} }

// Large is [Document] with n subjects and one.
func Large(n int) string {
	subjects := make([]string, n)
	for i := range subjects {
		subjects[i] = fmt.Sprintf(`{"id":"urn:n:%d"}`, i)
	}
	return strings.Replace(Document, `{"id":"did:example:s","name":"Anna"}`, strings.Join(subjects, ","), 1)
}

// Input is a document with the proof options of a suite.
func Input(t testing.TB, suite proof.Suite, document string) proof.Input {
	t.Helper()
	options := fmt.Sprintf(`{"type":%q,"cryptosuite":%q,"proofPurpose":"assertionMethod"}`, suite.Type(), suite.Cryptosuite())
	return prooftest.Input(t, document, options)
}

// Value is a proof value of bytes in hex, between which there may be spaces.
func Value(t testing.TB, hexed string) string {
	t.Helper()
	data, err := hex.DecodeString(strings.ReplaceAll(hexed, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return "u" + base64.RawURLEncoding.EncodeToString(data)
}

// WithIndex returns indexes and the first that is not among them.
func WithIndex(indexes []int) []int {
	i := 0
	for slices.Contains(indexes, i) {
		i++
	}
	return slices.Sorted(slices.Values(append(slices.Clone(indexes), i)))
}
