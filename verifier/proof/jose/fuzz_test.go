package jose

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"testing"

	"github.com/chancery-vc/chancery/verifier/credential"
)

// fuzzKey is the same in each process, so that what one has signed verifies in
// another.
func fuzzKey() crypto.Signer { return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32)) }

// wantKind wants err to be of a documented kind.
func wantKind(t *testing.T, err error) {
	t.Helper()
	for _, kind := range []error{
		ErrMalformed, ErrType, ErrAlgorithm, ErrKey, ErrKeyID, ErrCritical, ErrSignature, ErrTime, ErrClaim, credential.ErrInvalid,
	} {
		if errors.Is(err, kind) {
			return
		}
	}
	t.Fatalf("an error of no kind: %v", err)
}

// FuzzPeek: a token has one text. What is read is what its parts hold, and only
// what was signed here verifies.
func FuzzPeek(f *testing.F) {
	key := fuzzKey()
	genuine := map[string]bool{}
	for _, kind := range []Kind{Credential, Presentation} {
		document, _ := documentOf(kind)
		token, err := Sign(marshal(f, document), signing(kind, "", key))
		f.Add(must(f, token, err))
		genuine[string(token)] = true
	}
	f.Add(forge(f, header(object{"crit": []string{"b64"}, "b64": false}), []byte(`{}`), key))
	f.Fuzz(func(t *testing.T, token []byte) {
		u, err := Peek(token)
		if err != nil {
			wantKind(t, err)
			return
		}
		parts := bytes.Split(token, []byte("."))
		if len(parts) != 3 || base64.RawURLEncoding.EncodeToString(u.Document) != string(parts[1]) {
			t.Errorf("%q has the payload %q", token, u.Document)
		}
		v, err := Verify(token, key.Public(), expecting(Credential, EdDSA))
		switch {
		case err != nil:
			wantKind(t, err)
		case !genuine[string(token)]:
			t.Errorf("%q is by %q, who did not sign it", token, v.Signer)
		}
	})
}

// FuzzVerify signs any header and payload, so that what follows the signature
// is reached: what is accepted has the type, the key and the signer that were
// expected, and no critical parameter.
func FuzzVerify(f *testing.F) {
	key := fuzzKey()
	for _, edit := range []object{nil, {"iss": testIssuer}, {"crit": []string{"exp"}}, {"alg": "none"}, {"cty": "JWT"}} {
		f.Add(marshal(f, header(edit)), marshal(f, credentialObject()))
	}
	f.Add(marshal(f, header(nil)), marshal(f, edited(credentialObject(), object{"exp": testNow.Unix() + 1, "sub": testHolder, "jti": "urn:uuid:1"})))
	f.Fuzz(func(t *testing.T, header, payload []byte) {
		token := forgeRaw(t, header, payload, key)
		v, err := Verify(token, key.Public(), expecting(Credential, EdDSA))
		if err != nil {
			wantKind(t, err)
			return
		}
		if v.Signer != testIssuer || v.KeyID != testKeyID || v.Algorithm != EdDSA || mediaType(v.Type) != "vc+jwt" || !bytes.Equal(v.Document, payload) {
			t.Errorf("%s of %s is accepted as %+v", header, payload, v)
		}
		var members object
		if err := json.Unmarshal(header, &members); err != nil || members["crit"] != nil || members["b64"] != nil {
			t.Errorf("%s is accepted, %v", header, err)
		}
	})
}

// FuzzVerifyV1 signs any payload: no claim may crash it, and what is accepted
// is by whom it was expected to be.
func FuzzVerifyV1(f *testing.F) {
	key := fuzzKey()
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
			v, err := VerifyV1(token, key.Public(), expecting(kind, EdDSA))
			switch {
			case err != nil:
				wantKind(t, err)
			case v.Signer != signer:
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
		k, err := ParseKey(data)
		if err != nil {
			if !errors.Is(err, ErrKey) || k != nil {
				t.Fatalf("got %v, %v", k, err)
			}
			return
		}
		if len(Fitting(k.Public, k.Algorithms)) == 0 {
			t.Errorf("%s is for nothing", data)
		}
	})
}
