package did_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"filippo.io/mldsa"
	"github.com/google/go-cmp/cmp"
	"github.com/multiformats/go-multibase"

	"github.com/chancery-vc/chancery/verifier/did"
)

func latticeKey(t *testing.T, set mldsa.Parameters) *mldsa.PublicKey {
	t.Helper()
	key, err := mldsa.NewPrivateKey(set, make([]byte, mldsa.PrivateKeySize))
	if err != nil {
		t.Fatal(err)
	}
	return key.PublicKey()
}

func latticeJWK(key *mldsa.PublicKey) string {
	return fmt.Sprintf(`{"kty":"AKP","alg":%q,"pub":%q}`, key.Parameters(), base64.RawURLEncoding.EncodeToString(key.Bytes()))
}

// TestKeyOfMLDSA resolves a did:key of ML-DSA-44, which is long, in both
// formats.
func TestKeyOfMLDSA(t *testing.T) {
	key := latticeKey(t, mldsa.MLDSA44())
	id, url, err := did.FromKey(key)
	if err != nil || !strings.HasPrefix(id, "did:key:ukC") || len(id) != 1761 {
		t.Fatalf("got %s, %v", id, err)
	}
	if got, err := did.KeyFrom(id); err != nil || !key.Equal(got) {
		t.Errorf("got %v, %v", got, err)
	}
	if parts, err := did.ParseURL(url); err != nil || parts.DID != id {
		t.Errorf("got %v, %v", parts, err)
	}
	for _, format := range []string{"Multikey", "JsonWebKey"} {
		d, err := did.Key{PublicKeyFormat: format}.Resolve(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		data, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		again, err := did.Parse(data)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range []*did.Document{d, again} {
			if diff := cmp.Diff(signing, purposesOf(d, url)); diff != "" {
				t.Errorf("%s: %s", format, diff)
			}
			if got, err := d.Key(url, "assertionMethod"); err != nil || !key.Equal(got) {
				t.Errorf("%s: got %v, %v", format, got, err)
			}
		}
	}
}

// TestJWKOfMLDSA has did:jwk of the parameter sets; that of ML-DSA-87 is longer
// than an identifier may be.
func TestJWKOfMLDSA(t *testing.T) {
	for _, set := range []mldsa.Parameters{mldsa.MLDSA44(), mldsa.MLDSA65()} {
		key := latticeKey(t, set)
		id := didJWK(latticeJWK(key))
		d, err := did.JWK{}.Resolve(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(signing, purposesOf(d, id+"#0")); diff != "" {
			t.Error(diff)
		}
		if got, err := d.Key(id+"#0", "assertionMethod"); err != nil || !key.Equal(got) {
			t.Errorf("%s: got %v, %v", set, got, err)
		}
	}
	good := latticeJWK(latticeKey(t, mldsa.MLDSA44()))
	for name, c := range map[string]struct {
		jwk  string
		code did.Code
	}{
		"ML-DSA-87":         {latticeJWK(latticeKey(t, mldsa.MLDSA87())), did.InvalidDID},
		"of another set":    {strings.Replace(good, "-44", "-65", 1), did.InvalidPublicKeyLength},
		"of no set":         {strings.Replace(good, "-44", "-45", 1), did.UnsupportedPublicKeyType},
		"without alg":       {strings.Replace(good, `"alg"`, `"x"`, 1), did.UnsupportedPublicKeyType},
		"without pub":       {strings.Replace(good, `"pub"`, `"x"`, 1), did.InvalidPublicKeyLength},
		"alg is a number":   {strings.Replace(good, `"ML-DSA-44"`, `44`, 1), did.InvalidPublicKey},
		"pub cut off":       {good[:len(good)-4] + `"}`, did.InvalidPublicKeyLength},
		"pub with a break":  {strings.Replace(good, `"pub":"`, `"pub":"\n`, 1), did.InvalidPublicKey},
		"to encrypt":        {strings.Replace(good, `{`, `{"use":"enc",`, 1), did.InvalidPublicKey},
		"with its secret":   {strings.Replace(good, `{`, `{"priv":"AA",`, 1), did.InvalidPublicKey},
		"of a curve":        {strings.Replace(good, `"AKP"`, `"OKP"`, 1), did.UnsupportedPublicKeyType},
		"a curve's, as AKP": {`{` + strings.Replace(ed, "OKP", "AKP", 1) + `}`, did.UnsupportedPublicKeyType},
	} {
		if d, err := (did.JWK{}).Resolve(t.Context(), didJWK(c.jwk)); d != nil || !errors.Is(err, did.ErrInvalid) || did.CodeOf(err) != c.code {
			t.Errorf("%s: got %v, %v (%s)", name, d, err, did.CodeOf(err))
		}
	}
}

// TestUnknownKeyBesideOthers: a document may list a Multikey of a set that has
// none here, and its other keys are read.
func TestUnknownKeyBesideOthers(t *testing.T) {
	const id = "did:web:registry.example"
	unknown, err := multibase.Encode(multibase.Base64url, append([]byte{0x91, 0x24}, latticeKey(t, mldsa.MLDSA65()).Bytes()...))
	if err != nil {
		t.Fatal(err)
	}
	d, err := did.Parse(fmt.Appendf(nil, `{"id":%q,"verificationMethod":[
		{"id":"#a","type":"Multikey","controller":%[1]q,"publicKeyMultibase":%[2]q},
		{"id":"#b","type":"JsonWebKey","controller":%[1]q,"publicKeyJwk":%[3]s}
	],"assertionMethod":["#a","#b"]}`, id, unknown, latticeJWK(latticeKey(t, mldsa.MLDSA87()))))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Key(id+"#a", "assertionMethod"); !errors.Is(err, did.ErrMethod) {
		t.Errorf("got %v", err)
	}
	if key, err := d.Key(id+"#b", "assertionMethod"); err != nil || !latticeKey(t, mldsa.MLDSA87()).Equal(key) {
		t.Errorf("got %v, %v", key, err)
	}
}
