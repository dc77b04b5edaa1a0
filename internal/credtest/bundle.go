package credtest

import (
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/bitstring"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/bundle"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/status"
)

// List returns the unsigned credential of the issuer's status list for
// purpose, made at created, with the entries in set.
func (i *Issuer) List(t testing.TB, created time.Time, purpose string, set ...int) Object {
	t.Helper()
	bits := bitstring.New(bitstring.MinLength)
	for _, entry := range set {
		must(t, bits.Set(entry))
	}
	encoded, err := bits.Encode()
	must(t, err)
	return Object{
		"@context":  []any{schemas.CredentialsV2},
		"id":        i.ListURL(),
		"type":      []any{credential.TypeCredential, status.TypeCredential},
		"issuer":    i.ID,
		"validFrom": credential.FormatTime(created),
		"credentialSubject": Object{
			"id":            i.ListURL() + "#list",
			"type":          status.TypeList,
			"statusPurpose": purpose,
			"encodedList":   encoded,
		},
	}
}

// SignedList returns [Issuer.List] for revocation, signed.
func (i *Issuer) SignedList(t testing.TB, created time.Time, set ...int) []byte {
	t.Helper()
	return i.SignList(t, i.List(t, created, status.Revocation, set...))
}

// SignList returns list signed.
func (i *Issuer) SignList(t testing.TB, list Object) []byte {
	t.Helper()
	unsigned := i.Proof()
	unsigned["created"] = list["validFrom"]
	return i.Sign(t, list, unsigned)
}

// Content returns what a bundle of the issuer holds: its controller document,
// if it needs one, and lists.
func (i *Issuer) Content(t testing.TB, created time.Time, lists ...[]byte) bundle.Content {
	t.Helper()
	content := bundle.Content{Issuer: i.ID, Created: credential.FormatTime(created)}
	for _, list := range lists {
		content.StatusLists = append(content.StatusLists, jsontext.Value(list))
	}
	document, err := i.Document(t).MarshalJSON()
	must(t, err)
	content.Controllers = []jsontext.Value{document}
	return content
}

// Bundle returns a signed bundle made at created, with a status list of the
// same time in which the entries in set are revoked.
func (i *Issuer) Bundle(t testing.TB, created time.Time, set ...int) []byte {
	t.Helper()
	return i.SignBundle(t, i.Content(t, created, i.SignedList(t, created, set...)))
}

// SignBundle returns content as a bundle.
func (i *Issuer) SignBundle(t testing.TB, content bundle.Content) []byte {
	t.Helper()
	data, err := bundle.Sign(content, i.Key)
	must(t, err)
	return data
}

// OpenBundle returns the bundle that content makes.
func (i *Issuer) OpenBundle(t testing.TB, content bundle.Content) *bundle.Bundle {
	t.Helper()
	return Open(t, i, i.SignBundle(t, content))
}

// Open returns the bundle of issuer that data holds.
func Open(t testing.TB, issuer *Issuer, data []byte) *bundle.Bundle {
	t.Helper()
	b, err := bundle.Open(data, issuer.Key.Public())
	must(t, err)
	return b
}
