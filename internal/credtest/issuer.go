// Package credtest makes signed credentials, status lists and bundles for
// tests, with the real packages: nothing that it makes is a recording.
package credtest

import (
	"crypto/ed25519"
	"crypto/sha256"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/did"
)

// Now is the time that tests judge by.
var Now = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

// Issuer signs what tests verify. Its fields may be changed to make material
// that an honest issuer would not.
type Issuer struct {
	ID       string // did:key or did:web
	Method   string // DID URL of its key
	Key      ed25519.PrivateKey
	Contexts *schemas.Contexts // by which it signs
}

// Key returns the Ed25519 key of a seed, the same one each time.
func Key(seed string) ed25519.PrivateKey {
	sum := sha256.Sum256([]byte(seed))
	return ed25519.NewKeyFromSeed(sum[:])
}

// NewIssuer returns an issuer with the key of seed and its did:key.
func NewIssuer(t testing.TB, seed string) *Issuer {
	t.Helper()
	key := Key(seed)
	id, method, err := did.FromKey(key.Public())
	must(t, err)
	contexts, err := schemas.Embedded()
	must(t, err)
	return &Issuer{ID: id, Method: method, Key: key, Contexts: contexts}
}

// NewWebIssuer returns an issuer with the key of seed and a did:web.
func NewWebIssuer(t testing.TB, id, seed string) *Issuer {
	t.Helper()
	issuer := NewIssuer(t, seed)
	method, err := did.MethodURL(id, issuer.Key.Public())
	must(t, err)
	issuer.ID, issuer.Method = id, method
	return issuer
}

// Document returns the controller document that lists the issuer's key.
func (i *Issuer) Document(t testing.TB) *did.Document {
	t.Helper()
	document, err := did.NewDocument(i.ID, i.Key.Public())
	must(t, err)
	return document
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
