package did_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/verifier/did"
)

func didJWK(jwk string) string { return "did:jwk:" + base64.RawURLEncoding.EncodeToString([]byte(jwk)) }

const (
	p256X   = `"acbIQiuMs3i8_uszEjJ2tpTtRM4EU3yz91PH6CdH2V0"`
	p256Y   = `"_KcyLj9vWMptnmKtm46GqDz8wf74I5LKgrl2GzH3nSE"`
	p256    = `"crv":"P-256","kty":"EC","x":` + p256X + `,"y":` + p256Y
	ed      = `"kty":"OKP","crv":"Ed25519","x":"VCpo2LMLhn6iWku8MKvSLg2ZAoC-nlOyPVQaO3FxVeQ"`
	x       = `"kty":"OKP","crv":"X25519","x":"3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08"`
	koblitz = `"kty":"EC","crv":"secp256k1","x":"TEIJN9vnTq1EXMkqzo7yN_867-foKc2pREv45Fw_QA8","y":"9yiymlzdxKCiRbYq7p-ArRB-C1ytjHE-eb7RDTi6rVc"`
	p384    = `"kty":"EC","crv":"P-384","x":"1F14JSzKbwxO-Heqew5HzEt-0NZXAjCu8w-RiuV8_9tMiXrSZdjsWqi4y86OFb5d","y":"dnd8yoq-NOJcBuEYgdVVMmSxonXg-DU90d7C4uPWb_Lkd4WIQQEH0DyeC2KUDMIU"`
)

func TestJWK(t *testing.T) {
	agreement := []string{"keyAgreement"}
	for name, c := range map[string]struct {
		jwk    string
		listed []string
	}{
		"P-256":               {"{" + p256 + "}", all},
		"P-256 to sign":       {"{" + p256 + `,"use":"sig"}`, signing},
		"P-256 to encrypt":    {"{" + p256 + `,"use":"enc"}`, agreement},
		"P-384":               {"{" + p384 + "}", all},
		"secp256k1":           {"{" + koblitz + "}", all},
		"Ed25519":             {"{" + ed + "}", signing},
		"Ed25519 to sign":     {"{" + ed + `,"use":"sig"}`, signing},
		"X25519":              {"{" + x + "}", agreement},
		"X25519 to encrypt":   {"{" + x + `,"use":"enc"}`, agreement},
		"with kid and others": {"{" + ed + `,"kid":"key-1","alg":"EdDSA","x-mine":{"a":[1]}}`, signing},
		"with spaces":         {" { " + ed + " } ", signing},
	} {
		t.Run(name, func(t *testing.T) {
			id := didJWK(c.jwk)
			d, err := did.JWK{}.Resolve(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.listed, purposesOf(d, id+"#0")); diff != "" {
				t.Error(diff)
			}
			if listed := purposesOf(d, id+"#key-1"); listed != nil {
				t.Errorf("the kid names a method: %v", listed)
			}
		})
	}
}

// TestJWKDocuments compares with the examples of the did:jwk Method
// Specification.
func TestJWKDocuments(t *testing.T) {
	for text, purposes := range map[string][]string{"{" + p256 + "}": all, `{` + strings.Replace(x, `,"x"`, `,"use":"enc","x"`, 1) + `}`: {"keyAgreement"}} {
		id := didJWK(text)
		var jwk any
		if err := json.Unmarshal([]byte(text), &jwk); err != nil {
			t.Fatal(err)
		}
		want := map[string]any{
			"@context": []any{"https://www.w3.org/ns/did/v1", "https://w3id.org/security/suites/jws-2020/v1"},
			"id":       id,
			"verificationMethod": []any{map[string]any{
				"id": id + "#0", "type": "JsonWebKey2020", "controller": id, "publicKeyJwk": jwk,
			}},
		}
		for _, purpose := range purposes {
			want[purpose] = []any{id + "#0"}
		}
		d, err := did.JWK{}.Resolve(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, members(t, d)); diff != "" {
			t.Error(diff)
		}
	}
	if id := didJWK("{" + p256 + "}"); id != "did:jwk:eyJjcnYiOiJQLTI1NiIsImt0eSI6IkVDIiwieCI6ImFjYklRaXVNczNpOF91c3pFakoydHBUdFJNNEVVM3l6OTFQSDZDZEgyVjAiLCJ5IjoiX0tjeUxqOXZXTXB0bm1LdG00NkdxRHo4d2Y3NEk1TEtncmwyR3pIM25TRSJ9" {
		t.Errorf("the example is another: %s", id)
	}
}

func TestJWKRefuses(t *testing.T) {
	zeros := `"` + strings.Repeat("A", 43) + `"`
	const secret = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
	for name, c := range map[string]struct {
		id   string
		kind error
		code did.Code
	}{
		"another method":     {"did:key:z6Mk", did.ErrUnknown, did.MethodNotSupported},
		"no value":           {"did:jwk:", did.ErrInvalid, did.InvalidDID},
		"not base64url":      {"did:jwk:e+/=", did.ErrInvalid, did.InvalidDID},
		"with padding":       {didJWK("{"+ed+"}") + "=", did.ErrInvalid, did.InvalidDID},
		"with a line break":  {didJWK("{"+ed+"}") + "\n", did.ErrInvalid, did.InvalidDID},
		"with a fragment":    {didJWK("{"+ed+"}") + "#0", did.ErrInvalid, did.InvalidDID},
		"left-over bits":     {"did:jwk:e31", did.ErrInvalid, did.InvalidDID},
		"very long":          {didJWK("{" + ed + `,"x-mine":"` + strings.Repeat("x", 8192) + `"}`), did.ErrInvalid, did.InvalidDID},
		"not JSON":           {didJWK("{"), did.ErrInvalid, did.InvalidPublicKey},
		"not an object":      {didJWK(`"` + secret + `"`), did.ErrInvalid, did.InvalidPublicKey},
		"two values":         {didJWK("{" + ed + "}{}"), did.ErrInvalid, did.InvalidPublicKey},
		"member twice":       {didJWK("{" + ed + "," + ed + "}"), did.ErrInvalid, did.InvalidPublicKey},
		"x is a number":      {didJWK(`{"kty":"OKP","crv":"Ed25519","x":1}`), did.ErrInvalid, did.InvalidPublicKey},
		"empty":              {didJWK("{}"), did.ErrInvalid, did.UnsupportedPublicKeyType},
		"RSA":                {didJWK(`{"kty":"RSA","n":"AQAB","e":"AQAB"}`), did.ErrInvalid, did.UnsupportedPublicKeyType},
		"Ed448":              {didJWK(`{"kty":"OKP","crv":"Ed448","x":"AQAB"}`), did.ErrInvalid, did.UnsupportedPublicKeyType},
		"curve of other kty": {didJWK(`{"kty":"EC","crv":"Ed25519","x":` + p256X + `}`), did.ErrInvalid, did.UnsupportedPublicKeyType},
		"private key":        {didJWK("{" + ed + `,"d":"` + secret + `"}`), did.ErrInvalid, did.InvalidPublicKey},
		"private key, null":  {didJWK("{" + p256 + `,"d":null}`), did.ErrInvalid, did.InvalidPublicKey},
		"secret key":         {didJWK(`{"kty":"oct","k":"` + secret + `"}`), did.ErrInvalid, did.InvalidPublicKey},
		"private ML-DSA":     {didJWK(`{"kty":"AKP","alg":"ML-DSA-44","priv":"` + secret + `"}`), did.ErrInvalid, did.InvalidPublicKey},
		"use another":        {didJWK("{" + ed + `,"use":"SIG"}`), did.ErrInvalid, did.InvalidPublicKey},
		"Ed25519 to encrypt": {didJWK("{" + ed + `,"use":"enc"}`), did.ErrInvalid, did.InvalidPublicKey},
		"X25519 to sign":     {didJWK("{" + x + `,"use":"sig"}`), did.ErrInvalid, did.InvalidPublicKey},
		"short x":            {didJWK(`{"kty":"OKP","crv":"Ed25519","x":"AQAB"}`), did.ErrInvalid, did.InvalidPublicKeyLength},
		"x with padding":     {didJWK(`{"kty":"OKP","crv":"Ed25519","x":"VCpo2LMLhn6iWku8MKvSLg2ZAoC-nlOyPVQaO3FxVeQ="}`), did.ErrInvalid, did.InvalidPublicKey},
		"x with line break":  {didJWK(`{"kty":"OKP","crv":"Ed25519","x":"VCpo2LMLhn6iWku8MKvSLg2ZAoC-\nnlOyPVQaO3FxVeQ"}`), did.ErrInvalid, did.InvalidPublicKey},
		"off the curve":      {didJWK(`{"kty":"EC","crv":"P-256","x":` + p256X + `,"y":` + p256X + `}`), did.ErrInvalid, did.InvalidPublicKey},
		"without y":          {didJWK(`{"kty":"EC","crv":"P-256","x":` + p256X + `}`), did.ErrInvalid, did.InvalidPublicKey},
		"y cut off":          {didJWK(`{"kty":"EC","crv":"P-256","x":` + p256X + `,"y":"_KcyLj9vWMptnmKtm46GqDz8wf74I5LKgrl2GzH3"}`), did.ErrInvalid, did.InvalidPublicKey},
		"secp256k1, y wrong": {didJWK(strings.Replace("{"+koblitz+"}", "9yiy", "8yiy", 1)), did.ErrInvalid, did.InvalidPublicKey},
		"P-256, all zero":    {didJWK(`{"kty":"EC","crv":"P-256","x":` + zeros + `,"y":` + zeros + `}`), did.ErrInvalid, did.InvalidPublicKey},
		"P-384 with P-256":   {didJWK(`{"kty":"EC","crv":"P-384","x":` + p256X + `,"y":` + p256Y + `}`), did.ErrInvalid, did.InvalidPublicKeyLength},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := did.JWK{}.Resolve(t.Context(), c.id)
			if d != nil || !errors.Is(err, c.kind) || did.CodeOf(err) != c.code {
				t.Fatalf("got %v, %v (%s), want %v (%s)", d, err, did.CodeOf(err), c.kind, c.code)
			}
			if strings.Contains(err.Error(), secret[:6]) || strings.Contains(err.Error(), c.id[len(c.id)/2:]) && len(c.id) > 60 {
				t.Errorf("the error tells a secret: %v", err)
			}
		})
	}
}
