package jose

import (
	"crypto"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/verifier/credential"
)

const issuedV1, expiresV1 = 1767225600, 1798761600 // 2026-01-01 and 2027-01-01

func credentialV1() object {
	return object{
		"@context":          []any{"https://www.w3.org/2018/credentials/v1"},
		"type":              []any{"VerifiableCredential"},
		"credentialSubject": object{"name": "Ada"},
	}
}

func claimsV1(edit object) object {
	return edited(object{
		"iss": testIssuer, "sub": testHolder, "jti": "urn:uuid:1",
		"nbf": issuedV1, "exp": expiresV1, "vc": credentialV1(),
	}, edit)
}

func verifyV1(t *testing.T, claims object, key crypto.Signer, e Expectation) (*Verified, error) {
	t.Helper()
	return VerifyV1(forge(t, header(object{"typ": "JWT", "cty": nil}), marshal(t, claims), key), key.Public(), e)
}

func TestVerifyV1(t *testing.T) {
	key := signers(t)[EdDSA]
	v, err := verifyV1(t, claimsV1(nil), key, expecting(Credential, EdDSA))
	must(t, v, err)
	var got object
	if err := json.Unmarshal(v.Document, &got); err != nil {
		t.Fatal(err)
	}
	want := edited(credentialV1(), object{
		"id": "urn:uuid:1", "issuer": testIssuer, "issuanceDate": "2026-01-01T00:00:00Z", "expirationDate": "2027-01-01T00:00:00Z",
		"credentialSubject": object{"id": testHolder, "name": "Ada"},
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if v.Signer != testIssuer {
		t.Errorf("signed by %q", v.Signer)
	}
}

func TestVerifyV1Agreement(t *testing.T) {
	key := signers(t)[EdDSA]
	full := edited(credentialV1(), object{
		"id": "urn:uuid:1", "issuer": object{"id": testIssuer}, "issuanceDate": "2026-01-01T01:00:00.5+01:00", "expirationDate": "2027-01-01T00:00:00Z",
		"credentialSubject": []any{object{"id": testHolder}},
	})
	vc := func(edit object) object { return claimsV1(object{"vc": edited(full, edit)}) }
	for name, c := range map[string]struct {
		claims object
		want   error
	}{
		"both":                {vc(nil), nil},
		"members alone":       {edited(vc(nil), object{"iss": nil, "sub": nil, "jti": nil, "nbf": nil, "exp": nil}), nil},
		"issuer":              {vc(object{"issuer": "https://attacker.example"}), ErrClaim},
		"issuer as object":    {vc(object{"issuer": object{"id": "https://attacker.example"}}), ErrClaim},
		"id":                  {vc(object{"id": "urn:uuid:2"}), ErrClaim},
		"issuanceDate":        {vc(object{"issuanceDate": "2026-01-01T00:00:01Z"}), ErrClaim},
		"expirationDate":      {vc(object{"expirationDate": "2028-01-01T00:00:00Z"}), ErrClaim},
		"expirationDate null": {vc(object{"expirationDate": 5}), ErrClaim},
		"subject":             {vc(object{"credentialSubject": object{"id": "did:example:b"}}), ErrClaim},
		"several subjects":    {vc(object{"credentialSubject": []any{object{"id": testHolder}, object{"id": "did:example:b"}}}), ErrClaim},
		"no subject":          {vc(object{"credentialSubject": nil}), ErrClaim},
		"no issuer at all":    {claimsV1(object{"iss": nil}), credential.ErrInvalid},
		"no date at all":      {claimsV1(object{"nbf": nil}), credential.ErrInvalid},
		"of 2.0":              {vc(object{"@context": []any{"https://www.w3.org/ns/credentials/v2"}, "issuanceDate": nil, "expirationDate": nil}), credential.ErrInvalid},
		"vc and vp":           {claimsV1(object{"vp": object{}}), ErrClaim},
		"a credential beside": {claimsV1(object{"@context": "https://www.w3.org/ns/credentials/v2"}), ErrClaim},
		"vc a text":           {claimsV1(object{"vc": "x"}), ErrClaim},
		"no vc":               {claimsV1(object{"vc": nil}), ErrClaim},
		"nbf later":           {claimsV1(object{"nbf": testNow.Unix() + 400}), ErrTime},
		"expired":             {claimsV1(object{"exp": testNow.Unix()}), ErrTime},
		"sub no text":         {claimsV1(object{"sub": 1}), ErrClaim},
	} {
		t.Run(name, func(t *testing.T) {
			v, err := verifyV1(t, c.claims, key, expecting(Credential, EdDSA))
			if c.want == nil {
				must(t, v, err)
				return
			}
			wantError(t, err, c.want)
		})
	}
}

func TestVerifyV1Presentation(t *testing.T) {
	key := signers(t)[EdDSA]
	claims := object{"iss": testHolder, "aud": "https://a.example", "nonce": "n-1", "vp": object{
		"@context": []any{"https://www.w3.org/2018/credentials/v1"}, "type": []any{"VerifiablePresentation"},
		"verifiableCredential": []any{"a.b.c", object{"x": "y"}},
	}}
	e := expecting(Presentation, EdDSA)
	e.Audience, e.Nonce = Expect("https://a.example"), Expect("n-1")
	v, err := verifyV1(t, claims, key, e)
	must(t, v, err)
	if diff := cmp.Diff([][]byte{[]byte("a.b.c"), []byte(`{"x":"y"}`)}, v.Credentials); diff != "" || v.Signer != testHolder {
		t.Errorf("by %q: %s", v.Signer, diff)
	}
	for name, held := range map[string]any{"number": []any{1}, "too many": make([]string, credential.MaxPresented+1)} {
		claims["vp"].(object)["verifiableCredential"] = held
		_, err := verifyV1(t, claims, key, e)
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
		wantError(t, err, ErrMalformed)
	}
}

// TestVersionsAreNotMixed gives each reader what is for the other.
func TestVersionsAreNotMixed(t *testing.T) {
	key := signers(t)[EdDSA]
	token, err := Sign(marshal(t, credentialObject()), signing(Credential, "", key))
	must(t, token, err)
	_, err = VerifyV1(token, key.Public(), expecting(Credential, EdDSA))
	wantError(t, err, ErrType)
	old := forge(t, header(object{"typ": "JWT", "cty": nil}), marshal(t, claimsV1(nil)), key)
	_, err = Verify(old, key.Public(), expecting(Credential, EdDSA))
	wantError(t, err, ErrClaim)
	e := expecting(Credential, EdDSA)
	e.Untyped = true
	_, err = VerifyV1(forge(t, header(object{"typ": nil, "cty": nil}), marshal(t, credentialObject()), key), key.Public(), e)
	wantError(t, err, ErrClaim)
	_, err = Verify(forge(t, header(object{"typ": nil, "cty": nil}), marshal(t, claimsV1(nil)), key), key.Public(), e)
	wantError(t, err, ErrClaim)
}
