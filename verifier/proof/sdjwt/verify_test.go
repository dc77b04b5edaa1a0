package sdjwt_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
)

func TestVerify(t *testing.T) {
	in := example(t)
	token := present(t, issue(t, in), "/address/street", "/nationalities/1", "/age")
	verified, err := sdjwt.Verify(token, policy(in))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"iss": "https://registry.example", "iat": 1772300000.0, "exp": 1803900000.0, "age": 42.0,
		"address":       map[string]any{"street": "Heidestraße 17", "locality": "Köln", "country": "DE"},
		"nationalities": []any{"FR", "US"},
	}
	if diff := cmp.Diff(want, verified.Claims()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"/address", "/address/street", "/nationalities/1"}, verified.Disclosed()); diff != "" {
		t.Error(diff)
	}
	withheld := []sdjwt.Withheld{
		{Pointer: "/nationalities/0", Element: true, Digests: 1},
		{Pointer: "/nationalities/3", Element: true, Digests: 1},
		{Pointer: "", Digests: 4},
	}
	if diff := cmp.Diff(withheld, verified.Withheld()); diff != "" {
		t.Error(diff)
	}
	if verified.Header()["typ"] != in.Type || verified.KeyBinding() != nil {
		t.Errorf("header %v, key binding %v", verified.Header(), verified.KeyBinding())
	}
}

// TestCopies: who changes what they were given changes nothing here.
func TestCopies(t *testing.T) {
	in := example(t)
	verified, err := sdjwt.Verify(issue(t, in), policy(in))
	if err != nil {
		t.Fatal(err)
	}
	verified.Claims()["address"].(map[string]any)["street"] = "Elsewhere"
	verified.Header()["typ"] = "none"
	address, _ := verified.Claim("address")
	address.(map[string]any)["locality"] = "Elsewhere"
	if diff := cmp.Diff(map[string]any{"street": "Heidestraße 17", "locality": "Köln", "country": "DE"}, verified.Claims()["address"]); diff != "" {
		t.Error(diff)
	}
	if verified.Header()["typ"] != in.Type {
		t.Error("the header was changed")
	}
}

func TestPolicyMustSay(t *testing.T) {
	in := example(t)
	token := issue(t, in)
	for name, edit := range map[string]func(*sdjwt.Policy){
		"nothing":           func(p *sdjwt.Policy) { *p = sdjwt.Policy{} },
		"no time":           func(p *sdjwt.Policy) { p.Now = time.Time{} },
		"a skew below zero": func(p *sdjwt.Policy) { p.Skew = -1 },
		"no key":            func(p *sdjwt.Policy) { p.Key = nil },
		"no algorithm":      func(p *sdjwt.Policy) { p.Algorithms = nil },
		"none":              func(p *sdjwt.Policy) { p.Algorithms = []string{sdjwt.ES256, "none"} },
		"a shared secret":   func(p *sdjwt.Policy) { p.Algorithms = []string{"HS256"} },
		"no type":           func(p *sdjwt.Policy) { p.Types = nil },
		"no key binding":    func(p *sdjwt.Policy) { p.KeyBinding = sdjwt.KeyBindingRule{} },
		"an empty nonce":    func(p *sdjwt.Policy) { k := wantBinding(); k.Nonce = ""; p.KeyBinding = sdjwt.ExpectKeyBinding(k) },
		"an empty audience": func(p *sdjwt.Policy) { k := wantBinding(); k.Audience = ""; p.KeyBinding = sdjwt.ExpectKeyBinding(k) },
		"no age":            func(p *sdjwt.Policy) { k := wantBinding(); k.MaxAge = 0; p.KeyBinding = sdjwt.ExpectKeyBinding(k) },
		"binding by none": func(p *sdjwt.Policy) {
			k := wantBinding()
			k.Algorithms = []string{"none"}
			p.KeyBinding = sdjwt.ExpectKeyBinding(k)
		},
	} {
		p := policy(in)
		edit(&p)
		if got, err := sdjwt.Verify(token, p); !errors.Is(err, sdjwt.ErrPolicy) || got != nil {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
}

// TestHeaders: what the header says decides nothing.
func TestHeaders(t *testing.T) {
	key := newKey(t)
	for name, c := range map[string]struct {
		header string
		types  []string
		kind   error
	}{
		"good":                    {`{"alg":"ES256","typ":"a+sd-jwt"}`, []string{"b+sd-jwt", "a+sd-jwt"}, nil},
		"a whole media type":      {`{"alg":"ES256","typ":"application/A+sd-jwt"}`, []string{"a+sd-jwt"}, nil},
		"no type, as expected":    {`{"alg":"ES256"}`, []string{""}, nil},
		"another type":            {`{"alg":"ES256","typ":"kb+jwt"}`, []string{"a+sd-jwt"}, sdjwt.ErrType},
		"no type":                 {`{"alg":"ES256"}`, []string{"a+sd-jwt"}, sdjwt.ErrType},
		"a type, none expected":   {`{"alg":"ES256","typ":"JWT"}`, []string{""}, sdjwt.ErrType},
		"an empty type":           {`{"alg":"ES256","typ":""}`, []string{""}, sdjwt.ErrType},
		"a type of null":          {`{"alg":"ES256","typ":null}`, []string{""}, sdjwt.ErrType},
		"a type of numbers":       {`{"alg":"ES256","typ":[1]}`, []string{""}, sdjwt.ErrType},
		"none":                    {`{"alg":"none"}`, []string{""}, sdjwt.ErrAlgorithm},
		"None":                    {`{"alg":"None"}`, []string{""}, sdjwt.ErrAlgorithm},
		"HS256":                   {`{"alg":"HS256"}`, []string{""}, sdjwt.ErrAlgorithm},
		"ES384":                   {`{"alg":"ES384"}`, []string{""}, sdjwt.ErrAlgorithm},
		"no algorithm":            {`{}`, []string{""}, sdjwt.ErrAlgorithm},
		"an algorithm of numbers": {`{"alg":1}`, []string{""}, sdjwt.ErrAlgorithm},
		"crit":                    {`{"alg":"ES256","crit":["exp"],"exp":1}`, []string{""}, sdjwt.ErrCritical},
		"crit for b64":            {`{"alg":"ES256","crit":["b64"],"b64":true}`, []string{""}, sdjwt.ErrCritical},
		"an empty crit":           {`{"alg":"ES256","crit":[]}`, []string{""}, sdjwt.ErrCritical},
		"a crit of null":          {`{"alg":"ES256","crit":null}`, []string{""}, sdjwt.ErrCritical},
		"alg twice":               {`{"alg":"ES256","alg":"ES256"}`, []string{""}, sdjwt.ErrMalformed},
		"not JSON":                {`{"alg":"ES256"`, []string{""}, sdjwt.ErrMalformed},
		"long":                    {`{"alg":"ES256","x":"` + strings.Repeat("x", sdjwt.MaxHeader) + `"}`, []string{""}, sdjwt.ErrMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			p := plainPolicy(key)
			p.Types = c.types
			if _, err := sdjwt.Verify(signed(t, key, c.header, `{}`), p); !errors.Is(err, c.kind) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestKeyConfusion: the public key as a shared secret, the key in the header,
// another key, another curve.
func TestKeyConfusion(t *testing.T) {
	key, thief := newKey(t), newKey(t)
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	text := base64url(`{"alg":"HS256"}`) + "." + base64url(`{"admin":true}`)
	for _, secret := range [][]byte{der, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})} {
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(text))
		token := &sdjwt.Token{JWT: text + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))}
		if got, err := sdjwt.Verify(token, plainPolicy(key)); !errors.Is(err, sdjwt.ErrAlgorithm) || got != nil {
			t.Errorf("got %v, %v", got, err)
		}
	}
	jwk := `{"kty":"EC","crv":"P-256","x":"` + coordinate(t, thief, 0) + `","y":"` + coordinate(t, thief, 1) + `"}`
	if _, err := sdjwt.Verify(signed(t, thief, `{"alg":"ES256","jwk":`+jwk+`}`, `{}`), plainPolicy(key)); !errors.Is(err, sdjwt.ErrSignature) {
		t.Errorf("a key in the header: %v", err)
	}
	p := plainPolicy(key)
	edwards, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []any{edwards, ed25519.PublicKey{}, (*ecdsa.PublicKey)(nil), []byte("secret"), key} {
		p.Key = wrong
		if _, err := sdjwt.Verify(signed(t, key, `{"alg":"ES256"}`, `{}`), p); !errors.Is(err, sdjwt.ErrKey) {
			t.Errorf("%T: %v", wrong, err)
		}
	}
}

func coordinate(t testing.TB, key *ecdsa.PrivateKey, i int) string {
	t.Helper()
	point, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(point[1+32*i : 33+32*i])
}

// TestSignatureStripped: no signature, a signature of nothing, zeros.
func TestSignatureStripped(t *testing.T) {
	in := example(t)
	token := issue(t, in)
	parts := strings.Split(token.JWT, ".")
	for name, c := range map[string]struct {
		header, signature string
		kind              error
	}{
		"no signature":              {parts[0], "", sdjwt.ErrMalformed},
		"none, no signature":        {base64url(`{"alg":"none","typ":"example+sd-jwt"}`), "", sdjwt.ErrMalformed},
		"none":                      {base64url(`{"alg":"none","typ":"example+sd-jwt"}`), parts[2], sdjwt.ErrAlgorithm},
		"zeros":                     {parts[0], base64url(strings.Repeat("\x00", 64)), sdjwt.ErrSignature},
		"a short signature":         {parts[0], base64url("\x01"), sdjwt.ErrSignature},
		"a header of another token": {base64url(`{"alg":"ES256","typ":"example+sd-jwt","x":1}`), parts[2], sdjwt.ErrSignature},
	} {
		stripped := &sdjwt.Token{JWT: c.header + "." + parts[1] + "." + c.signature, Disclosures: token.Disclosures}
		if got, err := sdjwt.Verify(stripped, policy(in)); !errors.Is(err, c.kind) || got != nil {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
}

func TestTimes(t *testing.T) {
	key := newKey(t)
	at := now.Unix()
	for name, c := range map[string]struct {
		claims map[string]any
		skew   time.Duration
		kind   error
	}{
		"all good":             {map[string]any{"iat": at, "nbf": at, "exp": at + 1}, 0, nil},
		"a fraction":           {map[string]any{"exp": float64(at) + 0.5}, 0, nil},
		"expires now":          {map[string]any{"exp": at}, 0, sdjwt.ErrTime},
		"expired within skew":  {map[string]any{"exp": at - 59}, time.Minute, nil},
		"expired":              {map[string]any{"exp": at - 60}, time.Minute, sdjwt.ErrTime},
		"not yet":              {map[string]any{"nbf": at + 1}, 0, sdjwt.ErrTime},
		"not yet, within skew": {map[string]any{"nbf": at + 60}, time.Minute, nil},
		"from the future":      {map[string]any{"iat": at + 61}, time.Minute, sdjwt.ErrTime},
		"exp is a text":        {map[string]any{"exp": "9999999999"}, 0, sdjwt.ErrMalformed},
		"exp is null":          {map[string]any{"exp": nil}, 0, sdjwt.ErrMalformed},
		"exp is too far":       {map[string]any{"exp": 1e300}, 0, sdjwt.ErrMalformed},
		"nbf is an object":     {map[string]any{"nbf": map[string]any{}}, 0, sdjwt.ErrMalformed},
	} {
		p := plainPolicy(key)
		p.Skew = c.skew
		if _, err := sdjwt.Verify(signed(t, key, `{"alg":"ES256"}`, string(encode(t, c.claims))), p); !errors.Is(err, c.kind) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDisclosedExpiry: an exp that came by a disclosure counts; one that is
// withheld is missed if it is required.
func TestDisclosedExpiry(t *testing.T) {
	if _, err := resolved(t, `{"_sd":["D0"]}`, `["s","exp",1]`); !errors.Is(err, sdjwt.ErrTime) {
		t.Errorf("got %v", err)
	}
	key := newKey(t)
	p := plainPolicy(key)
	p.Require = []string{"/exp"}
	if _, err := sdjwt.Verify(signed(t, key, `{"alg":"ES256"}`, `{"_sd":["x"]}`), p); !errors.Is(err, sdjwt.ErrClaim) {
		t.Errorf("got %v", err)
	}
	p.Require = []string{"/a/0"}
	if _, err := sdjwt.Verify(signed(t, key, `{"alg":"ES256"}`, `{"a":[{"...":"x"}]}`), p); !errors.Is(err, sdjwt.ErrClaim) {
		t.Errorf("an element that is not shown: %v", err)
	}
}

func TestAudience(t *testing.T) {
	key := newKey(t)
	for name, c := range map[string]struct {
		claims, audience string
		kind             error
	}{
		"none, none expected":  {`{}`, "", nil},
		"none":                 {`{}`, "me", nil},
		"mine":                 {`{"aud":"me"}`, "me", nil},
		"mine among others":    {`{"aud":["you","me"]}`, "me", nil},
		"another's":            {`{"aud":"you"}`, "me", sdjwt.ErrClaim},
		"one, none expected":   {`{"aud":"me"}`, "", sdjwt.ErrClaim},
		"empty, none expected": {`{"aud":""}`, "", sdjwt.ErrClaim},
		"nobody's":             {`{"aud":[]}`, "me", sdjwt.ErrClaim},
	} {
		p := plainPolicy(key)
		p.Audience = c.audience
		if _, err := sdjwt.Verify(signed(t, key, `{"alg":"ES256"}`, c.claims), p); !errors.Is(err, c.kind) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
