package bundle_test

import (
	"bytes"
	"crypto"
	"encoding/base64"
	"encoding/json"
	"errors"
	"testing"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/verifier/bundle"
)

// FuzzOpen opens nothing but what was signed.
func FuzzOpen(f *testing.F) {
	issuer := credtest.NewIssuer(f, "registry")
	signed := issuer.SignBundle(f, issuer.Content(f, credtest.Now))
	f.Add(signed)
	f.Add([]byte(`{"payload":"","signatures":[]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if b, err := bundle.Open(data, issuer.Key.Public()); (err == nil || b != nil) && !bytes.Equal(data, signed) {
			t.Fatalf("opened %s: %v, %v", data, b, err)
		}
	})
}

// FuzzContent signs whatever it is given: reading it must not panic, and what
// is read belongs to the issuer it names.
func FuzzContent(f *testing.F) {
	issuer := credtest.NewIssuer(f, "registry")
	content := issuer.Content(f, credtest.Now, issuer.SignedList(f, credtest.Now))
	content.Version = 1
	payload, err := json.Marshal(content)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(payload)
	header := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"EdDSA","typ":"` + bundle.MediaType + `"}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		input := header + "." + base64.RawURLEncoding.EncodeToString(payload)
		signature, err := issuer.Key.Sign(nil, []byte(input), crypto.Hash(0))
		if err != nil {
			t.Fatal(err)
		}
		b, err := bundle.Open([]byte(input+"."+base64.RawURLEncoding.EncodeToString(signature)), issuer.Key.Public())
		if err != nil {
			if !errors.Is(err, bundle.ErrInvalid) || b != nil {
				t.Fatalf("got %v, %v", b, err)
			}
			return
		}
		for _, document := range b.Controllers {
			if document.ID != b.Issuer {
				t.Fatalf("a document of %s in a bundle of %s", document.ID, b.Issuer)
			}
		}
		if b.Created.IsZero() {
			t.Fatal("a bundle without an age")
		}
	})
}
