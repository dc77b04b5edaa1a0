package did_test

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/verifier/did"
)

// olderDocument is how issuers of Ed25519Signature2020 publish their key:
// methods with relative URLs, in contexts of that time.
const olderDocument = `{
	"@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/suites/ed25519-2020/v1", "https://w3id.org/security/suites/x25519-2020/v1"],
	"id": "did:web:registry.example",
	"verificationMethod": [{"id": "#key-0", "type": "Ed25519VerificationKey2020", "controller": "did:web:registry.example", "publicKeyMultibase": %q}],
	"authentication": ["#key-0"],
	"assertionMethod": ["did:web:registry.example#key-0"],
	"keyAgreement": [{"id": "#agree", "type": "X25519KeyAgreementKey2020", "controller": "did:web:registry.example", "publicKeyMultibase": %q}]
}`

func TestOlderDocument(t *testing.T) {
	const id = "did:web:registry.example"
	signing, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	agreement, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	d, err := did.Parse(fmt.Appendf(nil, olderDocument, multibaseOf(t, signing), multibaseOf(t, agreement.PublicKey())))
	if err != nil {
		t.Fatal(err)
	}
	document, err := did.NewPinned(d).Resolve(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		url, purpose string
		want         crypto.PublicKey // nil for none
	}{
		{id + "#key-0", "assertionMethod", signing},
		{id + "#key-0", "authentication", signing},
		{id + "#key-0", "keyAgreement", nil},
		{id + "#agree", "keyAgreement", agreement.PublicKey()},
		{id + "#agree", "assertionMethod", nil},
	} {
		key, err := document.Key(c.url, c.purpose)
		switch {
		case c.want == nil && !errors.Is(err, did.ErrMethod):
			t.Errorf("%s for %s: got %v, %v", c.url, c.purpose, key, err)
		case c.want != nil && (err != nil || !c.want.(interface{ Equal(crypto.PublicKey) bool }).Equal(key)):
			t.Errorf("%s for %s: got %v, %v, want %v", c.url, c.purpose, key, err, c.want)
		}
	}
}

func multibaseOf(t *testing.T, key crypto.PublicKey) string {
	t.Helper()
	id, _, err := did.FromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimPrefix(id, "did:key:")
}

// TestMethodsHoldTheirKey reads a key of each kind from each type of method
// that holds it; other types of method do not.
func TestMethodsHoldTheirKey(t *testing.T) {
	signing, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]crypto.PublicKey{"Ed25519": signing}
	for _, curve := range []elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		keys[curve.Params().Name] = key.Public()
	}
	for name, key := range keys {
		multibase := fields{"publicKeyMultibase": multibaseOf(t, key)}
		jwk := fields{"publicKeyMultibase": nil, "publicKeyJwk": jwkOf(t, jwkText(t, key))}
		for kind, members := range map[string]fields{
			"Multikey": multibase, "Ed25519VerificationKey2020": multibase, "JsonWebKey": jwk, "JsonWebKey2020": jwk,
		} {
			members["type"] = kind
			d, err := parseOne(t, methodJSON(t, members))
			if kind == "Ed25519VerificationKey2020" && name != "Ed25519" {
				if !errors.Is(err, did.ErrInvalid) {
					t.Errorf("%s in %s: got %v, %v", name, kind, d, err)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s in %s: %v", name, kind, err)
				continue
			}
			got, err := d.Key("https://controller.example#k", "assertionMethod")
			if err != nil || !key.(interface{ Equal(crypto.PublicKey) bool }).Equal(got) {
				t.Errorf("%s in %s: got %v, %v", name, kind, got, err)
			}
		}
	}
}

// jwkText writes a JSON Web Key by hand: RFC 7518, section 6.2.1, and RFC 8037,
// section 2.
func jwkText(t *testing.T, key crypto.PublicKey) string {
	t.Helper()
	encode := base64.RawURLEncoding.EncodeToString
	if key, ok := key.(ed25519.PublicKey); ok {
		return fmt.Sprintf(`{"kty":"OKP","crv":"Ed25519","x":%q}`, encode(key))
	}
	public := key.(*ecdsa.PublicKey)
	point, err := public.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	size := len(point) / 2
	return fmt.Sprintf(`{"kty":"EC","crv":%q,"x":%q,"y":%q}`, public.Params().Name, encode(point[1:1+size]), encode(point[1+size:]))
}
