package jwa

import (
	"crypto"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"filippo.io/mldsa"
	"github.com/go-jose/go-jose/v4"
)

// FuzzParseKey: a key that is read is public, for some algorithm, and has the
// one text that its JSON Web Key would be written with again.
func FuzzParseKey(f *testing.F) {
	const x, y = `"x":"acbIQiuMs3i8_uszEjJ2tpTtRM4EU3yz91PH6CdH2V0"`, `"y":"_KcyLj9vWMptnmKtm46GqDz8wf74I5LKgrl2GzH3nSE"`
	for _, text := range []string{
		`{"kty":"EC","crv":"P-256",` + x + `,` + y + `}`,
		`{"kty":"EC","crv":"P-256",` + x + `,` + y + `,"use":"sig","key_ops":["verify"],"alg":"ES256"}`,
		`{"kty":"EC","crv":"P-256",` + x + `,` + x[:1] + `y` + x[2:] + `}`,
		`{"kty":"OKP","crv":"Ed25519","x":"VCpo2LMLhn6iWku8MKvSLg2ZAoC-nlOyPVQaO3FxVeQ"}`,
		`{"kty":"OKP","crv":"Ed25519","x":"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}`,
		`{"kty":"OKP","crv":"Ed25519","x":"VCpo2LMLhn6iWku8MKvSLg2ZAoC-nlOyPVQaO3FxVeR"}`,
		`{"kty":"AKP","alg":"ML-DSA-44","pub":"` + strings.Repeat("A", 1750) + `"}`,
		`{"kty":"oct","k":"AAAA"}`,
	} {
		f.Add([]byte(text))
	}
	p := every()
	f.Fuzz(func(t *testing.T, text []byte) {
		var members map[string]any
		if err := json.Unmarshal(text, &members); err != nil {
			return
		}
		key, names, err := p.ParseKey(members, text)
		if err != nil {
			if !errors.Is(err, errKey) || key != nil || names != nil {
				t.Fatalf("got %v, %v, %v", key, names, err)
			}
			return
		}
		if IsPrivate(members) || len(names) == 0 || len(Fitting(key, names)) != len(names) {
			t.Fatalf("%s is a key for %v", text, names)
		}
		for name, again := range written(t, key) {
			if members[name] != again {
				t.Errorf("%s: %s is written again as %s", text, name, again)
			}
		}
	})
}

// written returns the members of a public key that are its bytes.
func written(t *testing.T, key crypto.PublicKey) map[string]any {
	t.Helper()
	if lattice, ok := key.(*mldsa.PublicKey); ok {
		return map[string]any{"pub": base64.RawURLEncoding.EncodeToString(lattice.Bytes())}
	}
	text, err := jose.JSONWebKey{Key: key}.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	var members map[string]any
	if err := json.Unmarshal(text, &members); err != nil {
		t.Fatal(err)
	}
	return members
}
