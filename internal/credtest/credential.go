package credtest

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/eddsa"
)

// Object is a JSON object.
type Object = map[string]any

// Holder is whom the credentials are about.
const Holder = "did:example:holder"

// Index is the entry of the credentials in their status list.
const Index = 7

// ListURL returns where the issuer's status list is.
func (i *Issuer) ListURL() string { return "https://registry.example/status/1" }

// Credential returns an unsigned credential that is valid at [Now].
func (i *Issuer) Credential() Object {
	return Object{
		"@context":   []any{schemas.CredentialsV2, schemas.CivilV1},
		"id":         "urn:uuid:6d1b9c3e-0f0c-4e0e-9d5b-3b0f4b8c1a77",
		"type":       []any{"VerifiableCredential", "BirthRegistration"},
		"name":       "Birth registration",
		"issuer":     i.ID,
		"validFrom":  credential.FormatTime(Now.Add(-24 * time.Hour)),
		"validUntil": credential.FormatTime(Now.Add(24 * time.Hour)),
		"credentialSubject": Object{
			"id":         Holder,
			"type":       "BirthRegistration",
			"givenNames": "Þórdís Ánh",
			"familyName": "O'Brien",
			"birthDate":  "2026-05-04",
		},
		"credentialStatus": i.Entry("revocation", "7"),
	}
}

// Entry returns a status entry of a credential.
func (i *Issuer) Entry(purpose, index string) Object {
	return Object{
		"id":                   i.ListURL() + "#" + purpose + index,
		"type":                 credential.TypeBitstringEntry,
		"statusPurpose":        purpose,
		"statusListIndex":      index,
		"statusListCredential": i.ListURL(),
	}
}

// Proof returns a proof by the issuer, still without a value.
func (i *Issuer) Proof() Object {
	return Object{
		"type":               proof.TypeDataIntegrity,
		"cryptosuite":        eddsa.RDFC2022{}.Cryptosuite(),
		"created":            credential.FormatTime(Now.Add(-24 * time.Hour)),
		"verificationMethod": i.Method,
		"proofPurpose":       proof.AssertionMethod,
	}
}

// Sign returns document with a proof, as compact JSON. It signs whatever the
// proof says.
func (i *Issuer) Sign(t testing.TB, document, unsigned Object) []byte {
	t.Helper()
	signed, err := i.TrySign(t, document, unsigned)
	must(t, err)
	return signed
}

// TrySign is [Issuer.Sign] for what may not be possible to sign.
func (i *Issuer) TrySign(t testing.TB, document, unsigned Object) ([]byte, error) {
	t.Helper()
	signed, err := i.sign(t, document, unsigned)
	if err != nil {
		return nil, err
	}
	secured := maps.Clone(document)
	secured["proof"] = signed
	return Marshal(t, secured), nil
}

// SignedProof returns unsigned with the value that signs it and document.
func (i *Issuer) SignedProof(t testing.TB, document, unsigned Object) Object {
	t.Helper()
	signed, err := i.sign(t, document, unsigned)
	must(t, err)
	return signed
}

func (i *Issuer) sign(t testing.TB, document, unsigned Object) (Object, error) {
	t.Helper()
	options := maps.Clone(unsigned)
	options["@context"] = document["@context"]
	in := proof.Input{Document: Marshal(t, document), Options: Marshal(t, options), Contexts: i.Contexts}
	value, err := eddsa.RDFC2022{}.Sign(t.Context(), in, i.Key)
	if err != nil {
		return nil, err
	}
	signed := maps.Clone(unsigned)
	signed["proofValue"] = value
	return signed, nil
}

// Signed returns the credential of [Issuer.Credential], after edit, signed.
func (i *Issuer) Signed(t testing.TB, edit ...func(Object)) []byte {
	t.Helper()
	document := i.Credential()
	for _, e := range edit {
		e(document)
	}
	return i.Sign(t, document, i.Proof())
}

// Without returns an edit that removes members of the credential.
func Without(names ...string) func(Object) {
	return func(o Object) {
		maps.DeleteFunc(o, func(name string, _ any) bool { return slices.Contains(names, name) })
	}
}

// With returns an edit that sets a member of the credential.
func With(name string, value any) func(Object) {
	return func(o Object) { o[name] = value }
}

// Marshal returns value as compact JSON with sorted members.
func Marshal(t testing.TB, value any) []byte {
	t.Helper()
	data, err := json.Marshal(value)
	must(t, err)
	return data
}

// Unmarshal returns the JSON object that data holds.
func Unmarshal(t testing.TB, data []byte) Object {
	t.Helper()
	var object Object
	must(t, json.Unmarshal(data, &object))
	return object
}
