package sdjwt_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
)

func TestKeyBinding(t *testing.T) {
	in, holder := example(t), newKey(t)
	in.Holder = holder.Public()
	presented := present(t, issue(t, in), "/given_name", "/family_name")
	token := bind(t, presented, binding(holder))
	wanted := policy(in)
	wanted.KeyBinding = sdjwt.ExpectKeyBinding(wantBinding())
	verified, err := sdjwt.Verify(token, wanted)
	if err != nil {
		t.Fatal(err)
	}
	if got := verified.KeyBinding(); got["nonce"] != nonce || got["aud"] != audience || len(got) != 4 {
		t.Errorf("the key binding says %v", got)
	}

	stripped := with(token, token.Disclosures...)
	stripped.KeyBinding = ""
	fewer := with(token, token.Disclosures[:1]...)
	another := bind(t, present(t, issue(t, in), "/given_name"), binding(holder))
	moved := with(token, token.Disclosures...)
	moved.KeyBinding = another.KeyBinding
	reordered := with(token, token.Disclosures[1], token.Disclosures[0])
	for name, forged := range map[string]*sdjwt.Token{
		"stripped":                  stripped,
		"with fewer disclosures":    fewer,
		"in another order":          reordered,
		"of another token":          moved,
		"with none but the issuers": {JWT: token.JWT, KeyBinding: token.KeyBinding},
	} {
		if got, err := sdjwt.Verify(forged, wanted); !errors.Is(err, sdjwt.ErrKeyBinding) || got != nil {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}

	wanted.KeyBinding = sdjwt.RefuseKeyBinding()
	if _, err := sdjwt.Verify(token, wanted); !errors.Is(err, sdjwt.ErrKeyBinding) {
		t.Errorf("refused, and there: %v", err)
	}
	wanted.KeyBinding = sdjwt.IgnoreKeyBinding()
	for _, either := range []*sdjwt.Token{token, stripped} {
		if v, err := sdjwt.Verify(either, wanted); err != nil || v.KeyBinding() != nil {
			t.Errorf("ignored: %v", err)
		}
	}
}

// TestReplayed holds a good key binding against other policies.
func TestReplayed(t *testing.T) {
	in, holder := example(t), newKey(t)
	in.Holder = holder.Public()
	token := bind(t, issue(t, in), binding(holder))
	for name, edit := range map[string]func(*sdjwt.Policy, *sdjwt.KeyBinding){
		"another nonce":     func(_ *sdjwt.Policy, k *sdjwt.KeyBinding) { k.Nonce += "x" },
		"another verifier":  func(_ *sdjwt.Policy, k *sdjwt.KeyBinding) { k.Audience += "/" },
		"too late":          func(p *sdjwt.Policy, k *sdjwt.KeyBinding) { p.Now = now.Add(k.MaxAge + time.Second) },
		"too early":         func(p *sdjwt.Policy, _ *sdjwt.KeyBinding) { p.Now = now.Add(-time.Second) },
		"another algorithm": func(_ *sdjwt.Policy, k *sdjwt.KeyBinding) { k.Algorithms = []string{sdjwt.ES384} },
	} {
		p, k := policy(in), wantBinding()
		edit(&p, &k)
		p.KeyBinding = sdjwt.ExpectKeyBinding(k)
		if got, err := sdjwt.Verify(token, p); !errors.Is(err, sdjwt.ErrKeyBinding) || got != nil {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
	p := policy(in)
	p.Now, p.Skew, p.KeyBinding = now.Add(time.Minute+5*time.Second), 5*time.Second, sdjwt.ExpectKeyBinding(wantBinding())
	if _, err := sdjwt.Verify(token, p); err != nil {
		t.Errorf("within the skew: %v", err)
	}
}

// TestForgedKeyBinding makes key bindings by hand, with the holder's key.
func TestForgedKeyBinding(t *testing.T) {
	in, holder := example(t), newKey(t)
	in.Holder = holder.Public()
	token := present(t, issue(t, in), "/given_name")
	const header = `{"alg":"ES256","typ":"kb+jwt"}`
	good := fmt.Sprintf(`{"nonce":%q,"aud":%q,"iat":%d,"sd_hash":%q}`, nonce, audience, now.Unix(), hashed(token.String()))
	p := policy(in)
	p.KeyBinding = sdjwt.ExpectKeyBinding(wantBinding())
	for name, c := range map[string]struct {
		header, claims string
		kind           error
	}{
		"good":               {header, good, nil},
		"more claims":        {header, strings.Replace(good, "{", `{"transaction":1,`, 1), nil},
		"no typ":             {`{"alg":"ES256"}`, good, sdjwt.ErrType},
		"typ JWT":            {`{"alg":"ES256","typ":"JWT"}`, good, sdjwt.ErrType},
		"typ of the issuer":  {`{"alg":"ES256","typ":"example+sd-jwt"}`, good, sdjwt.ErrType},
		"alg none":           {`{"alg":"none","typ":"kb+jwt"}`, good, sdjwt.ErrAlgorithm},
		"crit":               {`{"alg":"ES256","typ":"kb+jwt","crit":["x"],"x":1}`, good, sdjwt.ErrCritical},
		"no nonce":           {header, strings.Replace(good, "nonce", "nonse", 1), sdjwt.ErrKeyBinding},
		"no aud":             {header, strings.Replace(good, "aud", "out", 1), sdjwt.ErrKeyBinding},
		"no sd_hash":         {header, strings.Replace(good, "sd_hash", "hash", 1), sdjwt.ErrKeyBinding},
		"no iat":             {header, strings.Replace(good, "iat", "at", 1), sdjwt.ErrTime},
		"aud is an array":    {header, strings.Replace(good, `"`+audience+`"`, `["`+audience+`"]`, 1), sdjwt.ErrKeyBinding},
		"nonce is a number":  {header, strings.Replace(good, `"`+nonce+`"`, `1`, 1), sdjwt.ErrKeyBinding},
		"iat is a text":      {header, strings.Replace(good, `"iat":`, `"iat":"1","x":`, 1), sdjwt.ErrMalformed},
		"expired":            {header, strings.Replace(good, "{", `{"exp":1,`, 1), sdjwt.ErrTime},
		"hash of JWT alone":  {header, strings.Replace(good, hashed(token.String()), hashed(token.JWT), 1), sdjwt.ErrKeyBinding},
		"hash without tilde": {header, strings.Replace(good, hashed(token.String()), hashed(strings.TrimSuffix(token.String(), "~")), 1), sdjwt.ErrKeyBinding},
		"hash padded":        {header, strings.Replace(good, hashed(token.String()), hashed(token.String())+"=", 1), sdjwt.ErrKeyBinding},
	} {
		t.Run(name, func(t *testing.T) {
			forged := with(token, token.Disclosures...)
			forged.KeyBinding = signES256(t, holder, c.header, c.claims)
			_, err := sdjwt.Verify(forged, p)
			if !errors.Is(err, c.kind) || c.kind != nil && !errors.Is(err, sdjwt.ErrKeyBinding) {
				t.Errorf("got %v", err)
			}
		})
	}
	forged := with(token, token.Disclosures...)
	forged.KeyBinding = signES256(t, newKey(t), header, good)
	if _, err := sdjwt.Verify(forged, p); !errors.Is(err, sdjwt.ErrSignature) || !errors.Is(err, sdjwt.ErrKeyBinding) {
		t.Errorf("another holder: %v", err)
	}
	forged.KeyBinding = token.JWT
	if _, err := sdjwt.Verify(forged, p); !errors.Is(err, sdjwt.ErrKeyBinding) {
		t.Errorf("the issuer's JWT for a key binding: %v", err)
	}
}

// TestConfirmation goes through what cnf can hold.
func TestConfirmation(t *testing.T) {
	key, holder := newKey(t), newKey(t)
	x, y := coordinate(t, holder, 0), coordinate(t, holder, 1)
	good := fmt.Sprintf(`"kty":"EC","crv":"P-256","x":%q,"y":%q`, x, y)
	for name, c := range map[string]struct {
		cnf  string
		kind error
	}{
		"good":             {`{"jwk":{` + good + `}}`, nil},
		"with a use":       {`{"jwk":{` + good + `,"use":"sig","key_ops":["verify"],"alg":"ES256","kid":"1"}}`, nil},
		"not there":        {`null`, sdjwt.ErrKeyBinding},
		"by kid":           {`{"kid":"https://attacker.example/key"}`, sdjwt.ErrKeyBinding},
		"by jku":           {`{"jku":"https://attacker.example/keys"}`, sdjwt.ErrKeyBinding},
		"a text":           {`"jwk"`, sdjwt.ErrKeyBinding},
		"with a private d": {`{"jwk":{` + good + `,"d":"AAAA"}}`, sdjwt.ErrKey},
		"a shared secret":  {`{"jwk":{"kty":"oct","k":"AAAA"}}`, sdjwt.ErrKey},
		"for encryption":   {`{"jwk":{` + good + `,"use":"enc"}}`, sdjwt.ErrKey},
		"for agreement":    {`{"jwk":{` + good + `,"key_ops":["deriveKey"]}}`, sdjwt.ErrKey},
		"for ES384":        {`{"jwk":{` + good + `,"alg":"ES384"}}`, sdjwt.ErrKey},
		"for HS256":        {`{"jwk":{` + good + `,"alg":"HS256"}}`, sdjwt.ErrKey},
		"RSA":              {`{"jwk":{"kty":"RSA","n":"u1SU1LfVLPHCozMxH2Mo4lgOEePzNm0tRgeLezV6ffAt0gunVTLw7onLRnrq0_IzW7yWR7QkrmBL7jTKEn5u-qKhbwKfBstIs-bMY2Zkp18gnTxKLxoS2tFczGkPLPgizskuemMghRniWaoLcyehkd3qqGElvW_VDL5AaWTg0nLVkjRo9z-40RQzuVaE8AkAFmxZzow3x-VJYKdjykkJ0iT9wCS0DRTXu269V264Vf_3jvredZiKRkgwlL9xNAwxXFg0x_XFw005UWVRIkdgcKWTjpBP2dPwVZ4WWC-9aGVd-Gyn1o0CLelf4rEjGoXbAAEgAqeGUxrcIlbjXfbcmw","e":"AQAB"}}`, sdjwt.ErrKeyBinding},
		"not on the curve": {fmt.Sprintf(`{"jwk":{"kty":"EC","crv":"P-256","x":%q,"y":%q}}`, x, x), sdjwt.ErrKey},
	} {
		t.Run(name, func(t *testing.T) {
			token := signed(t, key, `{"alg":"ES256"}`, `{"cnf":`+c.cnf+`}`)
			token.KeyBinding = signES256(t, holder, `{"alg":"ES256","typ":"kb+jwt"}`,
				fmt.Sprintf(`{"nonce":%q,"aud":%q,"iat":%d,"sd_hash":%q}`, nonce, audience, now.Unix(), hashed(token.String())))
			p := plainPolicy(key)
			p.KeyBinding = sdjwt.ExpectKeyBinding(wantBinding())
			_, err := sdjwt.Verify(token, p)
			if !errors.Is(err, c.kind) || c.kind != nil && !errors.Is(err, sdjwt.ErrKeyBinding) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestBindRefuses(t *testing.T) {
	in, holder := example(t), newKey(t)
	unbound := issue(t, in)
	in.Holder = holder.Public()
	token := issue(t, in)
	for name, c := range map[string]struct {
		token *sdjwt.Token
		edit  func(*sdjwt.Binding)
		kind  error
	}{
		"no nonce":       {token, func(b *sdjwt.Binding) { b.Nonce = "" }, sdjwt.ErrPolicy},
		"no audience":    {token, func(b *sdjwt.Binding) { b.Audience = "" }, sdjwt.ErrPolicy},
		"no time":        {token, func(b *sdjwt.Binding) { b.IssuedAt = time.Time{} }, sdjwt.ErrPolicy},
		"no signer":      {token, func(b *sdjwt.Binding) { b.Signer = nil }, sdjwt.ErrPolicy},
		"another key":    {token, func(b *sdjwt.Binding) { b.Signer = newKey(t) }, sdjwt.ErrKeyBinding},
		"no cnf":         {unbound, func(*sdjwt.Binding) {}, sdjwt.ErrKeyBinding},
		"none":           {token, func(b *sdjwt.Binding) { b.Algorithm = "none" }, sdjwt.ErrAlgorithm},
		"a broken token": {&sdjwt.Token{JWT: "a"}, func(*sdjwt.Binding) {}, sdjwt.ErrMalformed},
	} {
		b := binding(holder)
		c.edit(&b)
		if got, err := sdjwt.Bind(c.token, b); !errors.Is(err, c.kind) || got != nil {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
}
