package jose

import (
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/verifier/credential"
)

// TestHeaders signs headers that are not to be believed, with the right key.
func TestHeaders(t *testing.T) {
	key := signers(t)[EdDSA]
	attacker := signers(t)[EdDSA].Public().(ed25519.PublicKey)
	jwk := object{"kty": "OKP", "crv": "Ed25519", "x": base64.RawURLEncoding.EncodeToString(attacker)}
	payload := marshal(t, credentialObject())
	for name, c := range map[string]struct {
		edit object
		want error
	}{
		"as it should be":         {nil, nil},
		"full media type":         {object{"typ": "application/VC+JWT", "cty": "application/vc"}, nil},
		"without cty":             {object{"cty": nil}, nil},
		"unknown parameter":       {object{"x-note": "hello"}, nil},
		"the key within":          {object{"jwk": jwk}, nil},
		"the key elsewhere":       {object{"jku": "https://attacker.example/jwks", "x5u": "https://attacker.example/x5u"}, nil},
		"iss of the issuer":       {object{"iss": testIssuer}, nil},
		"without typ":             {object{"typ": nil}, ErrType},
		"presentation":            {object{"typ": "vp+jwt"}, ErrType},
		"JWT":                     {object{"typ": "JWT"}, ErrType},
		"SD-JWT VC":               {object{"typ": "dc+sd-jwt"}, ErrType},
		"SD-JWT of a credential":  {object{"typ": "vc+sd-jwt"}, ErrType},
		"access token":            {object{"typ": "at+jwt"}, ErrType},
		"typ of an older draft":   {object{"typ": "vc+ld+json+jwt"}, ErrType},
		"typ no text":             {object{"typ": 1}, ErrMalformed},
		"cty of a presentation":   {object{"cty": "vp"}, ErrType},
		"cty of a nested JWT":     {object{"cty": "JWT"}, ErrType},
		"other kid":               {object{"kid": testIssuer + "#key-2"}, ErrKeyID},
		"no kid":                  {object{"kid": nil}, ErrKeyID},
		"kid no text":             {object{"kid": []string{testKeyID}}, ErrMalformed},
		"alg none":                {object{"alg": "none"}, ErrAlgorithm},
		"alg missing":             {object{"alg": nil}, ErrAlgorithm},
		"alg no text":             {object{"alg": 1}, ErrMalformed},
		"alg of another key":      {object{"alg": ES256}, ErrKey},
		"alg with a secret":       {object{"alg": "HS256"}, ErrAlgorithm},
		"alg by its other name":   {object{"alg": Ed25519}, nil},
		"crit":                    {object{"crit": []string{"exp"}, "exp": 1}, ErrCritical},
		"crit of a known one":     {object{"crit": []string{"kid"}}, ErrCritical},
		"crit empty":              {object{"crit": []string{}}, ErrCritical},
		"crit no list":            {object{"crit": "b64"}, ErrCritical},
		"unencoded payload":       {object{"crit": []string{"b64"}, "b64": false}, ErrCritical},
		"unencoded, not critical": {object{"b64": false}, ErrCritical},
		"iss of another":          {object{"iss": "https://attacker.example"}, ErrClaim},
		"iss no text":             {object{"iss": 1}, ErrClaim},
	} {
		t.Run(name, func(t *testing.T) {
			token := forge(t, header(c.edit), payload, key)
			_, err := Verify(token, key.Public(), expecting(Credential, ES256, ES384, EdDSA, Ed25519))
			if c.want == nil {
				must(t, token, err)
				return
			}
			wantError(t, err, c.want)
		})
	}
}

// TestPayloads signs payloads that are not to be believed, with the right key.
func TestPayloads(t *testing.T) {
	key := signers(t)[EdDSA]
	now := testNow.Unix()
	for name, c := range map[string]struct {
		edit object
		want error
	}{
		"claims that agree": {object{"iss": testIssuer, "sub": testHolder, "jti": "urn:uuid:1", "iat": now, "nbf": now, "exp": now + 1}, nil},
		"unknown claim":     {object{"x-note": 1}, nil},
		"fraction":          {object{"iat": float64(now) - 0.5}, nil},
		"issuer as object":  {object{"issuer": object{"id": testIssuer, "name": "Registry"}, "iss": testIssuer}, nil},
		"jti without id":    {object{"id": nil, "jti": "urn:uuid:2"}, nil},
		"sub without id":    {object{"credentialSubject": object{"name": "x"}, "sub": testHolder}, nil},
		"vc":                {object{"vc": credentialObject()}, ErrClaim},
		"vp":                {object{"vp": object{}}, ErrClaim},
		"iss":               {object{"iss": "https://attacker.example"}, ErrClaim},
		"iss no text":       {object{"iss": []string{testIssuer}}, ErrClaim},
		"iss empty":         {object{"iss": ""}, ErrClaim},
		"sub":               {object{"sub": "did:example:other"}, ErrClaim},
		"sub of several":    {object{"sub": testHolder, "credentialSubject": []any{object{"id": testHolder}, object{"id": "did:example:b"}}}, ErrClaim},
		"jti":               {object{"jti": "urn:uuid:2"}, ErrClaim},
		"exp":               {object{"exp": now}, ErrTime},
		"nbf":               {object{"nbf": now + 301}, ErrTime},
		"iat":               {object{"iat": now + 301}, ErrTime},
		"exp no number":     {object{"exp": "2030-01-01T00:00:00Z"}, ErrClaim},
		"iat negative":      {object{"iat": -1}, ErrClaim},
		"nbf huge":          {object{"nbf": 1e300}, ErrClaim},
		"aud no text":       {object{"aud": []any{1}}, ErrClaim},
		"nonce no text":     {object{"nonce": 1}, ErrClaim},
		"of another issuer": {object{"issuer": "https://other.example"}, ErrClaim},
		"of 1.1":            {object{"@context": []any{"https://www.w3.org/2018/credentials/v1"}, "issuanceDate": "2026-01-01T00:00:00Z"}, ErrType},
		"not a credential":  {object{"type": []any{"VerifiablePresentation"}}, credential.ErrInvalid},
		"without issuer":    {object{"issuer": nil}, credential.ErrInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			token := forge(t, header(nil), marshal(t, edited(credentialObject(), c.edit)), key)
			_, err := Verify(token, key.Public(), expecting(Credential, EdDSA))
			if c.want == nil {
				must(t, token, err)
				return
			}
			wantError(t, err, c.want)
		})
	}
}

func TestPresented(t *testing.T) {
	key := signers(t)[EdDSA]
	envelope := presentationObject()["verifiableCredential"].([]any)[0].(object)
	for name, c := range map[string]struct {
		held any
		ok   bool
	}{
		"one":               {envelope, true},
		"several":           {[]any{envelope, envelope}, true},
		"none":              {[]any{}, true},
		"presentation":      {edited(envelope, object{"type": "EnvelopedVerifiablePresentation"}), true},
		"not secured":       {credentialObject(), false},
		"one not secured":   {[]any{envelope, credentialObject()}, false},
		"text":              {"e30.e30.e30", false},
		"id is no data URL": {edited(envelope, object{"id": "urn:uuid:2"}), false},
	} {
		t.Run(name, func(t *testing.T) {
			payload := marshal(t, edited(presentationObject(), object{"verifiableCredential": c.held}))
			token := forge(t, header(object{"typ": "vp+jwt", "cty": "vp"}), payload, key)
			_, err := Verify(token, key.Public(), expecting(Presentation, EdDSA))
			if c.ok != (err == nil) {
				t.Error(err)
			}
			if !c.ok {
				wantError(t, err, credential.ErrInvalid)
			}
		})
	}
}

// TestAsAnother shows tokens of one kind where another is expected.
func TestAsAnother(t *testing.T) {
	key := signers(t)[EdDSA]
	vc, err := Sign(marshal(t, credentialObject()), signing(Credential, "", key))
	must(t, vc, err)
	vp, err := Sign(marshal(t, presentationObject()), signing(Presentation, "", key))
	must(t, vp, err)
	_, err = Verify(vc, key.Public(), expecting(Presentation, EdDSA))
	wantError(t, err, ErrType)
	_, err = Verify(vp, key.Public(), expecting(Credential, EdDSA))
	wantError(t, err, ErrType)
	// Without typ the payload still has to be of the kind.
	e := expecting(Presentation, EdDSA)
	e.Untyped, e.Signer = true, Ignore()
	_, err = Verify(forge(t, header(object{"typ": nil, "cty": nil}), marshal(t, credentialObject()), key), key.Public(), e)
	wantError(t, err, credential.ErrInvalid)
}

// TestPublicKeyAsSecret: an HMAC keyed by the public key's bytes, in the forms
// in which others have them.
func TestPublicKeyAsSecret(t *testing.T) {
	keys := signers(t)
	payload := base64.RawURLEncoding.EncodeToString(marshal(t, credentialObject()))
	for _, name := range []string{ES256, EdDSA} {
		public := keys[name].Public()
		der, err := x509.MarshalPKIXPublicKey(public)
		must(t, der, err)
		for _, claimed := range []string{"HS256", name} {
			head := base64.RawURLEncoding.EncodeToString(marshal(t, header(object{"alg": claimed})))
			mac := hmac.New(sha256.New, der)
			fmt.Fprintf(mac, "%s.%s", head, payload)
			token := head + "." + payload + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
			if _, err := Verify([]byte(token), public, expecting(Credential, Recommended()...)); err == nil {
				t.Errorf("%s as %s: accepted", name, claimed)
			}
		}
	}
}

// TestForms gives a good token in forms that others might read.
func TestForms(t *testing.T) {
	key := signers(t)[EdDSA]
	document := marshal(t, credentialObject())
	token, err := Sign(document, signing(Credential, "", key))
	must(t, token, err)
	parts := strings.Split(string(token), ".")
	pad := func(text string) string { return text + strings.Repeat("=", (4-len(text)%4)%4) }
	for name, text := range map[string]string{
		"empty":               "",
		"no signature":        parts[0] + "." + parts[1] + ".",
		"signature stripped":  parts[0] + "." + parts[1],
		"detached":            parts[0] + ".." + parts[2],
		"four parts":          string(token) + ".",
		"trailing line":       string(token) + "\n",
		"trailing disclosure": string(token) + "~",
		"leading space":       " " + string(token),
		"line within":         parts[0] + "." + parts[1] + ".\n" + parts[2],
		"padding":             parts[0] + "." + parts[1] + "." + pad(parts[2]),
		"other alphabet":      parts[0] + "." + parts[1] + "." + strings.NewReplacer("-", "+", "_", "/").Replace(parts[2]) + "+",
		"trailing bits":       string(token[:len(token)-1]) + "B", // 64 bytes leave four unused bits
		"flattened":           fmt.Sprintf(`{"protected":%q,"payload":%q,"signature":%q}`, parts[0], parts[1], parts[2]),
		"general":             fmt.Sprintf(`{"payload":%q,"signatures":[{"protected":%q,"signature":%q}]}`, parts[1], parts[0], parts[2]),
		"too long":            strings.Repeat("a", MaxBytes+1),
	} {
		_, err := Verify([]byte(text), key.Public(), expecting(Credential, EdDSA))
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
		wantError(t, err, ErrMalformed)
	}
	for name, raw := range map[string][2]string{
		"alg twice":      {`{"alg":"EdDSA","typ":"vc+jwt","kid":"` + testKeyID + `","alg":"none"}`, string(document)},
		"issuer twice":   {string(marshal(t, header(nil))), strings.Replace(string(document), `{`, `{"issuer":"https://attacker.example",`, 1)},
		"header a list":  {`[]`, string(document)},
		"payload a list": {string(marshal(t, header(nil))), `[]`},
		"header long":    {string(marshal(t, header(object{"x": strings.Repeat("x", MaxHeader)}))), string(document)},
	} {
		_, err := Verify(forgeRaw(t, []byte(raw[0]), []byte(raw[1]), key), key.Public(), expecting(Credential, EdDSA))
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
		wantError(t, err, ErrMalformed)
	}
}

// TestFlipsAndTruncations alters each bit, and cuts at each byte.
func TestFlipsAndTruncations(t *testing.T) {
	for name, signer := range map[string]string{"Ed25519": EdDSA, "P-256": ES256} {
		key := signers(t)[signer]
		token, err := Sign(marshal(t, credentialObject()), signing(Credential, "", key))
		must(t, token, err)
		e := expecting(Credential, signer)
		for i := range token {
			for bit := range 8 {
				token[i] ^= 1 << bit
				if _, err := Verify(token, key.Public(), e); err == nil {
					t.Errorf("%s: bit %d of byte %d does not count", name, bit, i)
				}
				token[i] ^= 1 << bit
			}
			if _, err := Verify(token[:i], key.Public(), e); err == nil {
				t.Errorf("%s: accepted %d of %d bytes", name, i, len(token))
			}
		}
	}
}

func TestKeys(t *testing.T) {
	key := signers(t)[EdDSA]
	token, err := Sign(marshal(t, credentialObject()), signing(Credential, "", key))
	must(t, token, err)
	for name, public := range map[string]any{
		"nil":          nil,
		"short":        ed25519.PublicKey{1, 2, 3},
		"bytes":        []byte(key.Public().(ed25519.PublicKey)),
		"private":      key,
		"other type":   "key",
		"P-224":        ecdsaKey(t, elliptic.P224()).Public(),
		"pointer to":   new(ed25519.PublicKey),
		"another type": ecdsaKey(t, elliptic.P256()).Public(),
	} {
		_, err := Verify(token, public, expecting(Credential, Recommended()...))
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
		wantError(t, err, ErrKey)
	}
	_, err = Verify(token, signers(t)[EdDSA].Public(), expecting(Credential, EdDSA))
	wantError(t, err, ErrSignature)
}
