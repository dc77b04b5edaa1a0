package jose

import (
	"bytes"
	"encoding/base64"
	"testing"
)

// FuzzPeek: a token has one text. What is read is what its parts hold.
func FuzzPeek(f *testing.F) {
	key := signers(f)[EdDSA]
	for _, kind := range []Kind{Credential, Presentation} {
		document, _ := documentOf(kind)
		token, err := Sign(marshal(f, document), signing(kind, "", key))
		f.Add(must(f, token, err))
	}
	f.Add(forge(f, header(object{"crit": []string{"b64"}, "b64": false}), []byte(`{}`), key))
	f.Fuzz(func(t *testing.T, token []byte) {
		u, err := Peek(token)
		if err != nil {
			return
		}
		parts := bytes.Split(token, []byte("."))
		if len(parts) != 3 || base64.RawURLEncoding.EncodeToString(u.Document) != string(parts[1]) {
			t.Errorf("%q has the payload %q", token, u.Document)
		}
		if u.Algorithm == "" {
			return
		}
		if v, err := Verify(token, key.Public(), expecting(Credential, EdDSA)); err == nil && v.Signer != testIssuer {
			t.Errorf("%q is by %q", token, v.Signer)
		}
	})
}

// FuzzVerifyV1 signs any payload: no claim may crash it, and what is accepted
// is by whom it was expected to be.
func FuzzVerifyV1(f *testing.F) {
	key := signers(f)[EdDSA]
	for _, edit := range []object{nil, {"vc": object{}}, {"exp": 1e300}, {"sub": 1}} {
		f.Add(marshal(f, claimsV1(edit)))
	}
	f.Add([]byte(`{"vp":{"verifiableCredential":"x"}}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		if len(payload) == 0 {
			return
		}
		token := forge(t, header(object{"typ": "JWT", "cty": nil}), payload, key)
		for _, kind := range []Kind{Credential, Presentation} {
			_, signer := documentOf(kind)
			if v, err := VerifyV1(token, key.Public(), expecting(kind, EdDSA)); err == nil && v.Signer != signer {
				t.Errorf("%s is by %q", payload, v.Signer)
			}
		}
	})
}

// FuzzParseKey: what is read is for some algorithm.
func FuzzParseKey(f *testing.F) {
	for _, signer := range signers(f) {
		f.Add(marshal(f, publicJWK(f, signer.Public())))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if k, err := ParseKey(data); err == nil && len(Fitting(k.Public, k.Algorithms)) == 0 {
			t.Errorf("%s is for nothing", data)
		}
	})
}
