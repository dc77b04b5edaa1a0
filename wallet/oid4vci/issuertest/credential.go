package issuertest

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/eddsa"
)

// ContextURL is a context that only the issuer's metadata have.
const ContextURL = "https://issuer.example/contexts/office/v1"

const contextDocument = `{"@context": {"office": "https://issuer.example/ns#office"}}`

func contextDigest() string { return schemas.Digest([]byte(contextDocument)) }

func contexts() []string { return []string{schemas.CredentialsV2, schemas.CivilV1, ContextURL} }

func types() []string { return []string{"VerifiableCredential", "BirthRegistration"} }

// signer is a key and the identifier that its document has.
type signer struct {
	key      ed25519.PrivateKey
	id       string
	methodID string
}

func newSigner(t testing.TB, id string) signer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	method, err := did.MethodURL(id, key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return signer{key: key, id: id, methodID: method}
}

func (s signer) document(t testing.TB) *did.Document {
	document, err := did.NewDocument(s.id, s.key.Public())
	if err != nil {
		t.Error(err)
	}
	return document
}

// Unsigned returns the members of a credential for holder.
func (i *Issuer) Unsigned(holder string) map[string]any {
	now := time.Now()
	return map[string]any{
		"@context":   contexts(),
		"id":         "urn:example:" + i.unique("credential"),
		"type":       types(),
		"name":       Name,
		"issuer":     i.DID,
		"validFrom":  credential.FormatTime(now),
		"validUntil": credential.FormatTime(now.AddDate(1, 0, 0)),
		"credentialSubject": map[string]any{
			"id": holder, "type": "BirthRegistration",
			"givenNames": "María José", "familyName": "Ñandú", "birthDate": "2019-02-28", "office": "Nº 7",
		},
	}
}

// Credential returns a signed credential for holder, in a form that another
// encoder would not write.
func (i *Issuer) Credential(holder string) []byte { return i.Sign(i.Unsigned(holder)) }

// Sign signs document with the issuer's key.
func (i *Issuer) Sign(document map[string]any) []byte { return i.sign(document, i.key) }

// SignAsOther signs document with a key that is not the issuer's.
func (i *Issuer) SignAsOther(document map[string]any) []byte {
	other := newSigner(i.t, i.DID)
	other.methodID = i.key.methodID
	return i.sign(document, other)
}

func (i *Issuer) sign(document map[string]any, by signer) []byte {
	text, err := json.Marshal(document)
	if err != nil {
		i.t.Error(err)
	}
	known, err := schemas.Embedded()
	if err == nil {
		known, err = known.With(ContextURL, []byte(contextDocument), contextDigest())
	}
	if err != nil {
		i.t.Error(err)
	}
	template := proof.Template{VerificationMethod: by.methodID, Purpose: proof.AssertionMethod, Created: time.Now()}
	signed, err := proof.Sign(i.t.Context(), text, template, eddsa.RDFC2022{}, by.key, known)
	if err != nil {
		i.t.Error(fmt.Errorf("sign: %w", err))
	}
	var spaced bytes.Buffer
	if err := json.Indent(&spaced, signed, "", " \t"); err != nil {
		i.t.Error(err)
	}
	return bytes.ReplaceAll(spaced.Bytes(), []byte("í"), []byte(`\u00ed`))
}
