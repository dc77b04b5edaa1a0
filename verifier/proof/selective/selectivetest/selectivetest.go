// Package selectivetest has what the tests of selective disclosure share.
package selectivetest

import (
	"encoding/json"
	"testing"

	"github.com/chancery-vc/chancery/internal/testdata"
	"github.com/chancery-vc/chancery/schemas"
)

// CitizenshipV4 is the context that the documents of the official vectors
// name. It is not among the vectors.
const CitizenshipV4 = "https://w3id.org/citizenship/v4rc1"

// citizenship defines the terms that those documents use, by what the
// statements of the vectors say that they mean.
const citizenship = `{"@context":{
	"PermanentResident": "https://w3id.org/citizenship#PermanentResident",
	"PermanentResidentCard": "https://w3id.org/citizenship#PermanentResidentCard",
	"PermanentResidentCardCredential": "https://w3id.org/citizenship#PermanentResidentCardCredential",
	"EmployablePerson": "https://w3id.org/citizenship#EmployablePerson",
	"EmploymentAuthorizationDocument": "https://w3id.org/citizenship#EmploymentAuthorizationDocument",
	"EmploymentAuthorizationDocumentCredential": "https://w3id.org/citizenship#EmploymentAuthorizationDocumentCredential",
	"Person": "https://schema.org/Person",
	"additionalName": "https://schema.org/additionalName",
	"birthCountry": "https://w3id.org/citizenship#birthCountry",
	"birthDate": {"@id": "https://schema.org/birthDate", "@type": "http://www.w3.org/2001/XMLSchema#dateTime"},
	"commuterClassification": "https://w3id.org/citizenship#commuterClassification",
	"employmentAuthorizationDocument": "https://w3id.org/citizenship#employmentAuthorizationDocument",
	"familyName": "https://schema.org/familyName",
	"gender": "https://schema.org/gender",
	"givenName": "https://schema.org/givenName",
	"identifier": "https://schema.org/identifier",
	"image": {"@id": "https://schema.org/image", "@type": "@id"},
	"lprCategory": "https://w3id.org/citizenship#lprCategory",
	"lprNumber": "https://w3id.org/citizenship#lprNumber",
	"permanentResidentCard": "https://w3id.org/citizenship#permanentResidentCard",
	"residentSince": {"@id": "https://w3id.org/citizenship#residentSince", "@type": "http://www.w3.org/2001/XMLSchema#dateTime"}
}}`

// Contexts returns the contexts of this project and [CitizenshipV4].
func Contexts(t testing.TB) *schemas.Contexts {
	t.Helper()
	embedded, err := schemas.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	all, err := embedded.With(CitizenshipV4, []byte(citizenship), schemas.Digest([]byte(citizenship)))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Read reads a JSON file of the shared folder into to.
func Read(t testing.TB, name string, to any) {
	t.Helper()
	if err := json.Unmarshal(testdata.Read(t, name), to); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// Unsecured returns the document that a secured one of the vectors holds.
func Unsecured(t testing.TB, name string) []byte {
	t.Helper()
	var document map[string]any
	Read(t, name, &document)
	delete(document, "proof")
	data, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// Map is a map as the vectors write one: pairs of a key and a value.
type Map[K comparable, V any] struct {
	Keys   []K
	Values []V
}

// UnmarshalJSON reads the pairs.
func (m *Map[K, V]) UnmarshalJSON(data []byte) error {
	var pairs []json.RawMessage
	var wrapped struct {
		Value []json.RawMessage `json:"value"`
	}
	if json.Unmarshal(data, &pairs) != nil {
		if err := json.Unmarshal(data, &wrapped); err != nil {
			return err
		}
		pairs = wrapped.Value
	}
	for _, pair := range pairs {
		var key K
		var value V
		if err := json.Unmarshal(pair, &[]any{&key, &value}); err != nil {
			return err
		}
		m.Keys, m.Values = append(m.Keys, key), append(m.Values, value)
	}
	return nil
}
