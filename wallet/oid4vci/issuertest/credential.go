package issuertest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/bbs"
	"github.com/chancery-vc/chancery/verifier/proof/ecdsasd"
	"github.com/chancery-vc/chancery/verifier/proof/eddsa"
)

// ContextURL is a context that only the issuer's metadata have.
const ContextURL = "https://issuer.example/contexts/office/v1"

const contextDocument = `{"@context": {"office": "https://issuer.example/ns#office"}}`

func contextDigest() string { return schemas.Digest([]byte(contextDocument)) }

// Contexts returns the embedded contexts with the issuer's own.
func Contexts(t testing.TB) *schemas.Contexts {
	t.Helper()
	known, err := schemas.Embedded()
	if err == nil {
		known, err = known.With(ContextURL, []byte(contextDocument), contextDigest())
	}
	if err != nil {
		t.Error(err)
	}
	return known
}

func contexts() []string { return []string{schemas.CredentialsV2, schemas.CivilV1, ContextURL} }

func types() []string { return []string{"VerifiableCredential", "BirthRegistration"} }

// signer is a key with a suite, and the identifier that its document has.
type signer struct {
	key      crypto.Signer
	suite    proof.SigningSuite
	id       string
	methodID string
}

func newSigner(t testing.TB, id string) signer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return signerOf(t, id, key, eddsa.RDFC2022{})
}

// newSelectiveSigner makes base proofs.
func newSelectiveSigner(t testing.TB, id string) signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return signerOf(t, id, key, ecdsasd.SD2023{Mandatory: mandatory()})
}

// newUnlinkableSigner makes base proofs of which nobody can link what is derived.
func newUnlinkableSigner(t testing.TB, id string) signer {
	t.Helper()
	key, err := bbs.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return signerOf(t, id, key, bbs.BBS2023{Mandatory: mandatory()})
}

// mandatory are pointers to what no holder can withhold.
func mandatory() []string { return []string{"/issuer", "/validFrom", "/validUntil"} }

func signerOf(t testing.TB, id string, key crypto.Signer, suite proof.SigningSuite) signer {
	t.Helper()
	method, err := did.MethodURL(id, key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return signer{key, suite, id, method}
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
	template := proof.Template{VerificationMethod: by.methodID, Purpose: proof.AssertionMethod, Created: time.Now()}
	signed, err := proof.Sign(i.t.Context(), text, template, by.suite, by.key, Contexts(i.t))
	if err != nil {
		i.t.Error(fmt.Errorf("sign: %w", err))
	}
	var spaced bytes.Buffer
	if err := json.Indent(&spaced, signed, "", " \t"); err != nil {
		i.t.Error(err)
	}
	return bytes.ReplaceAll(spaced.Bytes(), []byte("í"), []byte(`\u00ed`))
}
