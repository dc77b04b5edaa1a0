package sdjwtvc_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt/sdjwtvc"
)

func TestX5C(t *testing.T) {
	key := newKey(t)
	chain, anchors := certificate(t, key, []string{"registry.example"}, "urn:example:registry")
	_, others := certificate(t, newKey(t), nil)
	for name, c := range map[string]struct {
		iss     any
		x5c     any
		anchors *x509.CertPool
		now     time.Time
		kind    error
		names   []string
	}{
		"an iss at its host":     {issuerURL, []string{chain}, anchors, now, nil, []string{issuerURL, "urn:example:registry", "registry.example"}},
		"an iss that is its URI": {"urn:example:registry", []string{chain}, anchors, now, nil, []string{"urn:example:registry", "urn:example:registry", "registry.example"}},
		"no iss":                 {nil, []string{chain}, anchors, now, nil, []string{"urn:example:registry", "registry.example"}},
		"another's iss":          {"https://bank.example", []string{chain}, anchors, now, sdjwtvc.ErrIssuer, nil},
		"an iss that ends alike": {"https://evilregistry.example", []string{chain}, anchors, now, sdjwtvc.ErrIssuer, nil},
		"an iss by http":         {"http://registry.example", []string{chain}, anchors, now, sdjwtvc.ErrIssuer, nil},
		"another anchor":         {issuerURL, []string{chain}, others, now, did.ErrCertificate, nil},
		"no anchor":              {issuerURL, []string{chain}, nil, now, did.ErrCertificate, nil},
		"too late":               {issuerURL, []string{chain}, anchors, now.Add(2 * time.Hour), did.ErrCertificate, nil},
		"an empty chain":         {issuerURL, []string{}, anchors, now, did.ErrCertificate, nil},
		"a chain of numbers":     {issuerURL, []int{1}, anchors, now, did.ErrCertificate, nil},
		"a text for a chain":     {issuerURL, chain, anchors, now, did.ErrCertificate, nil},
		"no chain":               {issuerURL, nil, anchors, now, sdjwtvc.ErrNoKey, nil},
	} {
		t.Run(name, func(t *testing.T) {
			in := issuance(t, key, map[string]any{"iss": c.iss})
			if c.x5c != nil {
				in.Header["x5c"] = c.x5c
			}
			p := policy(t, key)
			p.Issuer, p.Finders = sdjwtvc.Ignore(), []sdjwtvc.Finder{sdjwtvc.X5C{Anchors: c.anchors, Now: c.now}}
			got, err := sdjwtvc.Verify(context.Background(), issue(t, in), p)
			if !errors.Is(err, c.kind) || (got == nil) != (c.kind != nil) {
				t.Fatalf("got %v, %v", got, err)
			}
			if c.kind == nil {
				if diff := cmp.Diff(c.names, got.Issuer.Names); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

// TestX5CWithoutNames: a certificate that names nobody, and no iss.
func TestX5CWithoutNames(t *testing.T) {
	key := newKey(t)
	chain, anchors := certificate(t, key, nil)
	in := issuance(t, key, map[string]any{"iss": nil})
	in.Header["x5c"] = []string{chain}
	p := policy(t, key)
	p.Issuer, p.Finders = sdjwtvc.Ignore(), []sdjwtvc.Finder{sdjwtvc.X5C{Anchors: anchors, Now: now}}
	if got, err := sdjwtvc.Verify(context.Background(), issue(t, in), p); !errors.Is(err, sdjwtvc.ErrIssuer) || got != nil {
		t.Errorf("got %v, %v", got, err)
	}
}

// TestIssuerByCertificate: without an iss, a name in the certificate is what
// the policy expects; a certificate of another is refused.
func TestIssuerByCertificate(t *testing.T) {
	key := newKey(t)
	chain, anchors := certificate(t, key, []string{"registry.example"})
	in := issuance(t, key, map[string]any{"iss": nil})
	in.Header["x5c"] = []string{chain}
	p := policy(t, key)
	p.Finders = append(p.Finders, sdjwtvc.X5C{Anchors: anchors, Now: now})
	p.Issuer = sdjwtvc.Expect("registry.example")
	if _, err := sdjwtvc.Verify(context.Background(), issue(t, in), p); err != nil {
		t.Error(err)
	}
	p.Issuer = sdjwtvc.Expect("bank.example")
	if got, err := sdjwtvc.Verify(context.Background(), issue(t, in), p); !errors.Is(err, sdjwtvc.ErrIssuer) || got != nil {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestMetadata(t *testing.T) {
	key := newKey(t)
	mine, other := jwk(t, key.Public(), `,"kid":"1"`), jwk(t, newKey(t).Public(), `,"kid":"2"`)
	document := func(rest string) string { return fmt.Sprintf(`{"issuer":%q,%s}`, issuerURL, rest) }
	const keysAt = "https://keys.example/set"
	for name, c := range map[string]struct {
		site site
		kid  any
		kind error
	}{
		"by kid":                    {site{metadataAt: document(`"jwks":{"keys":[` + other + `,` + mine + `]}`)}, "1", nil},
		"the only one":              {site{metadataAt: document(`"jwks":{"keys":[` + mine + `]}`)}, nil, nil},
		"elsewhere":                 {site{metadataAt: document(`"jwks_uri":"` + keysAt + `"`), keysAt: `{"keys":[` + mine + `]}`}, "1", nil},
		"with more":                 {site{metadataAt: document(`"x":1,"jwks":{"keys":[` + mine + `,{"kty":"x"}]}`)}, "1", nil},
		"another key":               {site{metadataAt: document(`"jwks":{"keys":[` + jwk(t, newKey(t).Public(), `,"kid":"1"`) + `]}`)}, "1", sdjwt.ErrSignature},
		"no such kid":               {site{metadataAt: document(`"jwks":{"keys":[` + other + `]}`)}, "1", sdjwtvc.ErrIssuer},
		"no kid among two":          {site{metadataAt: document(`"jwks":{"keys":[` + other + `,` + mine + `]}`)}, nil, sdjwtvc.ErrIssuer},
		"a kid twice":               {site{metadataAt: document(`"jwks":{"keys":[` + mine + `,` + mine + `]}`)}, "1", sdjwtvc.ErrIssuer},
		"no document":               {site{}, "1", did.ErrUnknown},
		"no key set there":          {site{metadataAt: document(`"jwks_uri":"` + keysAt + `"`)}, "1", did.ErrUnknown},
		"a key set by http":         {site{metadataAt: document(`"jwks_uri":"http://keys.example/set"`)}, "1", sdjwtvc.ErrIssuer},
		"keys here and there":       {site{metadataAt: document(`"jwks":{"keys":[` + mine + `]},"jwks_uri":"` + keysAt + `"`)}, "1", sdjwtvc.ErrIssuer},
		"no keys":                   {site{metadataAt: document(`"x":1`)}, "1", sdjwtvc.ErrIssuer},
		"an empty key set":          {site{metadataAt: document(`"jwks":{"keys":[]}`)}, "1", sdjwtvc.ErrIssuer},
		"a key set of a text":       {site{metadataAt: document(`"jwks":"keys"`)}, "1", sdjwtvc.ErrIssuer},
		"many keys":                 {site{metadataAt: document(`"jwks":{"keys":[1` + strings.Repeat(",1", sdjwtvc.MaxKeys) + `]}`)}, "1", sdjwtvc.ErrIssuer},
		"of another issuer":         {site{metadataAt: `{"issuer":"https://registry.example","jwks":{"keys":[` + mine + `]}}`}, "1", sdjwtvc.ErrIssuer},
		"of no issuer":              {site{metadataAt: `{"jwks":{"keys":[` + mine + `]}}`}, "1", sdjwtvc.ErrIssuer},
		"not JSON":                  {site{metadataAt: `<html>`}, "1", sdjwtvc.ErrIssuer},
		"issuer twice":              {site{metadataAt: document(`"issuer":"x","jwks":{"keys":[` + mine + `]}`)}, "1", sdjwtvc.ErrIssuer},
		"long":                      {site{metadataAt: document(`"x":"` + strings.Repeat("x", sdjwtvc.MaxMetadata) + `"`)}, "1", sdjwtvc.ErrIssuer},
		"a key with a private part": {site{metadataAt: document(`"jwks":{"keys":[` + jwk(t, key.Public(), `,"kid":"1","d":"AA"`) + `]}`)}, "1", sdjwt.ErrKey},
		"a key for encryption":      {site{metadataAt: document(`"jwks":{"keys":[` + jwk(t, key.Public(), `,"kid":"1","use":"enc"`) + `]}`)}, "1", sdjwt.ErrKey},
		"a shared secret":           {site{metadataAt: document(`"jwks":{"keys":[{"kty":"oct","k":"AAAA","kid":"1"}]}`)}, "1", sdjwt.ErrKey},
	} {
		t.Run(name, func(t *testing.T) {
			in := issuance(t, key, nil)
			in.Header = map[string]any{}
			if c.kid != nil {
				in.Header["kid"] = c.kid
			}
			p := policy(t, key)
			p.Finders = []sdjwtvc.Finder{sdjwtvc.Metadata{Fetch: c.site.fetch}}
			got, err := sdjwtvc.Verify(context.Background(), issue(t, in), p)
			if !errors.Is(err, c.kind) || (got == nil) != (c.kind != nil) {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

// TestMetadataURL: where an issuer's metadata are, by what is asked for.
func TestMetadataURL(t *testing.T) {
	key := newKey(t)
	for iss, want := range map[string]string{
		"https://a.example":              "https://a.example/.well-known/jwt-vc-issuer",
		"https://a.example/":             "https://a.example/.well-known/jwt-vc-issuer",
		"https://a.example/tenant/1234":  "https://a.example/.well-known/jwt-vc-issuer/tenant/1234",
		"https://a.example:8443/tenant/": "https://a.example:8443/.well-known/jwt-vc-issuer/tenant",
		"https://a.example/a%2Fb":        "https://a.example/.well-known/jwt-vc-issuer/a%2Fb",
		"https://a.example?x=1":          "",
		"https://a.example/#x":           "",
		"https://user@a.example":         "",
		"https://":                       "",
		"http://a.example":               "",
		"did:web:a.example":              "",
	} {
		asked := ""
		p := policy(t, key)
		p.Issuer = sdjwtvc.Ignore()
		p.Finders = []sdjwtvc.Finder{sdjwtvc.Metadata{Fetch: func(_ context.Context, address string) ([]byte, error) {
			asked = address
			return nil, errors.New("it is down")
		}}}
		got, err := sdjwtvc.Verify(context.Background(), issue(t, issuance(t, key, map[string]any{"iss": iss})), p)
		if err == nil || got != nil || asked != want {
			t.Errorf("%s: asked for %q, not %q; %v", iss, asked, want, err)
		}
	}
}

// TestNobodyIsAsked: an issuer, a type or a claim that is refused anyway sends
// nobody anywhere.
func TestNobodyIsAsked(t *testing.T) {
	key := newKey(t)
	for name, claims := range map[string]map[string]any{
		"another issuer": {"iss": "https://attacker.example"},
		"another type":   {"vct": "urn:x"},
		"no type":        {"vct": nil},
	} {
		p := policy(t, key)
		p.Finders = []sdjwtvc.Finder{sdjwtvc.Metadata{Fetch: func(context.Context, string) ([]byte, error) {
			t.Errorf("%s: somebody was asked", name)
			return nil, errors.New("no")
		}}}
		if got, err := sdjwtvc.Verify(context.Background(), forge(t, issuance(t, key, claims)), p); err == nil || got != nil {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
}

// TestPinnedMetadata: what was given is found where the issuer would have it,
// and nothing else is.
func TestPinnedMetadata(t *testing.T) {
	key := newKey(t)
	mine := jwk(t, key.Public(), `,"kid":"1"`)
	of := func(issuer string) []byte {
		return fmt.Appendf(nil, `{"issuer":%q,"jwks":{"keys":[%s]}}`, issuer, mine)
	}
	fetch, err := sdjwtvc.PinnedMetadata(of("https://other.example"), of(issuerURL))
	if err != nil {
		t.Fatal(err)
	}
	p := policy(t, key)
	p.Finders = []sdjwtvc.Finder{sdjwtvc.Metadata{Fetch: fetch}}
	got, err := sdjwtvc.Verify(context.Background(), issue(t, issuance(t, key, nil)), p)
	if err != nil || !strings.Contains(got.Issuer.By, metadataAt) {
		t.Errorf("got %v, %v", got, err)
	}
	p.Issuer = sdjwtvc.Ignore()
	stranger := issue(t, issuance(t, key, map[string]any{"iss": "https://stranger.example"}))
	if got, err := sdjwtvc.Verify(context.Background(), stranger, p); !errors.Is(err, did.ErrUnknown) || got != nil {
		t.Errorf("of a stranger: got %v, %v", got, err)
	}
	for name, documents := range map[string][][]byte{
		"no JSON":         {[]byte("x")},
		"an array":        {[]byte("[]")},
		"of no issuer":    {[]byte(`{"jwks":{"keys":[` + mine + `]}}`)},
		"by http":         {of("http://registry.example")},
		"with a query":    {of("https://registry.example?x=1")},
		"keys elsewhere":  {fmt.Appendf(nil, `{"issuer":%q,"jwks_uri":"https://registry.example/keys"}`, issuerURL)},
		"no keys":         {fmt.Appendf(nil, `{"issuer":%q,"jwks":{"keys":[]}}`, issuerURL)},
		"two for one":     {of(issuerURL), of(issuerURL + "/")},
		"too long":        {append(of(issuerURL), make([]byte, sdjwtvc.MaxMetadata)...)},
		"a name repeated": {fmt.Appendf(nil, `{"issuer":%q,"issuer":%q,"jwks":{"keys":[%s]}}`, issuerURL, issuerURL, mine)},
	} {
		if fetch, err := sdjwtvc.PinnedMetadata(documents...); fetch != nil || !errors.Is(err, sdjwtvc.ErrMetadata) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
