package sdjwt_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
)

// fuzzKey is the same in each process for a seed.
func fuzzKey(t testing.TB, seed byte) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), bytes.Repeat([]byte{seed}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// FuzzKeyBinding signs any header and claims with the holder's key: a key
// binding that is accepted is of its type, for this verifier, this occasion and
// this very presentation, and not stale.
func FuzzKeyBinding(f *testing.F) {
	key, holder := fuzzKey(f, 7), fuzzKey(f, 8)
	token := signed(f, key, `{"alg":"ES256"}`, fmt.Sprintf(`{"_sd":[%q],"cnf":{"jwk":{"kty":"EC","crv":"P-256","x":%q,"y":%q}}}`,
		hashed(base64url(`["s","a",1]`)), coordinate(f, holder, 0), coordinate(f, holder, 1)), base64url(`["s","a",1]`))
	// The signature of the issuer is another each time, and so is the hash: H
	// stands for it.
	good := fmt.Sprintf(`{"nonce":%q,"aud":%q,"iat":%d,"sd_hash":"H"}`, nonce, audience, now.Unix())
	const header = `{"alg":"ES256","typ":"kb+jwt"}`
	f.Add([]byte(header), []byte(good))
	f.Add([]byte(`{"alg":"ES256","typ":"kb+jwt","crit":[]}`), []byte(good))
	f.Add([]byte(`{"alg":"ES256","typ":"application/KB+jwt","x":1}`), []byte(`{"exp":1,`+good[1:]))
	f.Add([]byte(`{"alg":"none"}`), []byte(`{}`))
	p := plainPolicy(key)
	p.KeyBinding = sdjwt.ExpectKeyBinding(wantBinding())
	f.Fuzz(func(t *testing.T, header, claims []byte) {
		claims = bytes.ReplaceAll(claims, []byte(`"H"`), fmt.Appendf(nil, "%q", hashed(token.String())))
		bound := with(token, token.Disclosures...)
		bound.KeyBinding = signES256(t, holder, string(header), string(claims))
		v, err := sdjwt.Verify(bound, p)
		if err != nil {
			wantKind(t, err)
			if v != nil {
				t.Fatal("refused, and there are claims")
			}
			return
		}
		var h, c map[string]any
		if err := errors.Join(json.Unmarshal(header, &h), json.Unmarshal(claims, &c)); err != nil {
			t.Fatal(err)
		}
		if h["alg"] != sdjwt.ES256 || h["crit"] != nil || c["nonce"] != nonce || c["aud"] != audience || c["sd_hash"] != hashed(token.String()) {
			t.Errorf("%s of %s is accepted", header, claims)
		}
		issued, _ := c["iat"].(float64)
		if age := float64(now.Unix()) - issued; age < 0 || age > wantBinding().MaxAge.Seconds() {
			t.Errorf("%s is accepted after %v s", claims, age)
		}
	})
}

// FuzzParsePublicKey: a key that is read is public, and stands in cnf as it was
// written.
func FuzzParsePublicKey(f *testing.F) {
	key := fuzzKey(f, 7)
	good := fmt.Sprintf(`"kty":"EC","crv":"P-256","x":%q,"y":%q`, coordinate(f, key, 0), coordinate(f, key, 1))
	for _, more := range []string{"", `,"d":"AA"`, `,"use":"enc"`, `,"key_ops":["sign"]`, `,"alg":"HS256"`, `,"x5c":["AA"]`} {
		f.Add([]byte("{" + good + more + "}"))
	}
	f.Add([]byte(`{"kty":"OKP","crv":"Ed25519","x":"VCpo2LMLhn6iWku8MKvSLg2ZAoC-nlOyPVQaO3FxVeQ"}`))
	f.Add([]byte(`{"kty":"OKP","crv":"Ed25519","x":"VCpo2LMLhn6iWku8MKvSLg2ZAoC-nlOyPVQa\nO3FxVeQ"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var jwk map[string]any
		if err := json.Unmarshal(text, &jwk); err != nil {
			return
		}
		public, err := sdjwt.ParsePublicKey(jwk)
		if err != nil {
			if !errors.Is(err, sdjwt.ErrKey) || public != nil {
				t.Fatalf("got %v, %v", public, err)
			}
			return
		}
		in := sdjwt.Issuance{Claims: []byte(`{}`), Holder: public, Algorithm: sdjwt.ES256, Signer: key, Type: "example+sd-jwt", Random: bytes.NewReader(make([]byte, 64))}
		u, err := sdjwt.Inspect(issue(t, in))
		if err != nil {
			t.Fatal(err)
		}
		cnf, _ := u.Claims()["cnf"].(map[string]any)
		held, _ := cnf["jwk"].(map[string]any)
		for _, name := range []string{"kty", "crv", "x", "y"} {
			if held[name] != jwk[name] && !(held["kty"] == "OKP" && name == "y") {
				t.Errorf("%s: %s is written as %v", text, name, held[name])
			}
		}
	})
}
