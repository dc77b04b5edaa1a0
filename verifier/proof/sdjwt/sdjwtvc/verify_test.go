package sdjwtvc_test

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt/sdjwtvc"
)

func TestVerify(t *testing.T) {
	key, holder := newKey(t), newKey(t)
	in := issuance(t, key, map[string]any{
		"aka_vcts": []string{"urn:example:residence"},
		"status":   map[string]any{"status_list": map[string]any{"idx": 7, "uri": "https://registry.example/status/1"}, "identifier_list": map[string]any{}},
	})
	in.Holder = holder.Public()
	presented, err := sdjwt.Present(issue(t, in), []string{"/name"})
	if err != nil {
		t.Fatal(err)
	}
	token, err := sdjwt.Bind(presented, sdjwt.Binding{
		Nonce: "n", Audience: "me", IssuedAt: now, Algorithm: sdjwt.ES256, Signer: holder, Random: rand.Reader,
	})
	if err != nil {
		t.Fatal(err)
	}
	p := policy(t, key)
	p.KeyBinding = sdjwt.ExpectKeyBinding(sdjwt.KeyBinding{Nonce: "n", Audience: "me", MaxAge: time.Minute, Algorithms: []string{sdjwt.ES256}})
	c, err := sdjwtvc.Verify(context.Background(), token, p)
	if err != nil {
		t.Fatal(err)
	}
	if name, _ := c.Claim("name"); name != "Ana" || c.Type != residence || c.Metadata != nil || c.Unchecked {
		t.Errorf("got %v of type %s", name, c.Type)
	}
	if diff := cmp.Diff([]string{issuerURL}, c.Issuer.Names); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"urn:example:residence"}, c.AlsoKnownAs); diff != "" {
		t.Error(diff)
	}
	want := &sdjwtvc.Status{List: &sdjwtvc.StatusList{URI: "https://registry.example/status/1", Index: 7}, Others: []string{"identifier_list"}}
	if diff := cmp.Diff(want, c.Status); diff != "" {
		t.Error(diff)
	}
	p.KeyBinding = sdjwt.ExpectKeyBinding(sdjwt.KeyBinding{Nonce: "m", Audience: "me", MaxAge: time.Minute, Algorithms: []string{sdjwt.ES256}})
	if got, err := sdjwtvc.Verify(context.Background(), token, p); !errors.Is(err, sdjwt.ErrKeyBinding) || got != nil {
		t.Errorf("another nonce: got %v, %v", got, err)
	}
}

func TestPolicyRefuses(t *testing.T) {
	key := newKey(t)
	token := issue(t, issuance(t, key, map[string]any{"exp": now.Unix() + 10, "aka_vcts": []string{"urn:b"}}))
	for name, c := range map[string]struct {
		edit func(*sdjwtvc.Policy)
		kind error
	}{
		"good":                     {func(*sdjwtvc.Policy) {}, nil},
		"any type, any issuer":     {func(p *sdjwtvc.Policy) { p.Credential, p.Issuer = sdjwtvc.Ignore(), sdjwtvc.Ignore() }, nil},
		"nothing is said":          {func(p *sdjwtvc.Policy) { *p = sdjwtvc.Policy{} }, sdjwt.ErrPolicy},
		"no credential":            {func(p *sdjwtvc.Policy) { p.Credential = sdjwtvc.Rule{} }, sdjwt.ErrPolicy},
		"expects none":             {func(p *sdjwtvc.Policy) { p.Credential = sdjwtvc.Expect() }, sdjwt.ErrPolicy},
		"no issuer":                {func(p *sdjwtvc.Policy) { p.Issuer = sdjwtvc.Rule{} }, sdjwt.ErrPolicy},
		"no types":                 {func(p *sdjwtvc.Policy) { p.Types = nil }, sdjwt.ErrPolicy},
		"types of others":          {func(p *sdjwtvc.Policy) { p.Types = []string{"JWT"} }, sdjwt.ErrPolicy},
		"no way to a key":          {func(p *sdjwtvc.Policy) { p.Finders = nil }, sdjwt.ErrPolicy},
		"no algorithm":             {func(p *sdjwtvc.Policy) { p.Algorithms = nil }, sdjwt.ErrPolicy},
		"no word on key binding":   {func(p *sdjwtvc.Policy) { p.KeyBinding = sdjwt.KeyBindingRule{} }, sdjwt.ErrPolicy},
		"the older type":           {func(p *sdjwtvc.Policy) { p.Types = []string{sdjwtvc.OlderType} }, sdjwt.ErrType},
		"another credential":       {func(p *sdjwtvc.Policy) { p.Credential = sdjwtvc.Expect("urn:a") }, sdjwtvc.ErrCredential},
		"known as, and not asked":  {func(p *sdjwtvc.Policy) { p.Credential = sdjwtvc.Expect("urn:b") }, sdjwtvc.ErrCredential},
		"known as":                 {func(p *sdjwtvc.Policy) { p.Credential, p.AlsoKnownAs = sdjwtvc.Expect("urn:b"), true }, nil},
		"another issuer":           {func(p *sdjwtvc.Policy) { p.Issuer = sdjwtvc.Expect("https://registry.example") }, sdjwtvc.ErrIssuer},
		"expired":                  {func(p *sdjwtvc.Policy) { p.Now = now.Add(time.Minute) }, sdjwt.ErrTime},
		"required, and not there":  {func(p *sdjwtvc.Policy) { p.Require = []string{"/nickname"} }, sdjwt.ErrClaim},
		"another algorithm":        {func(p *sdjwtvc.Policy) { p.Algorithms = []string{sdjwt.EdDSA} }, sdjwt.ErrAlgorithm},
		"type metadata, not there": {func(p *sdjwtvc.Policy) { p.RequireTypeMetadata = true }, sdjwtvc.ErrNoTypeMetadata},
	} {
		t.Run(name, func(t *testing.T) {
			p := policy(t, key)
			c.edit(&p)
			got, err := sdjwtvc.Verify(context.Background(), token, p)
			if !errors.Is(err, c.kind) || (got == nil) != (c.kind != nil) {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

// TestModelRefuses: what the issuer may not write, and the verifier may not
// take.
func TestModelRefuses(t *testing.T) {
	key := newKey(t)
	for name, c := range map[string]struct {
		claims    map[string]any
		selective []string
	}{
		"no vct":                 {map[string]any{"vct": nil}, nil},
		"an empty vct":           {map[string]any{"vct": ""}, nil},
		"a vct of an array":      {map[string]any{"vct": []string{residence}}, nil},
		"an iss of a number":     {map[string]any{"iss": 1}, nil},
		"an integrity of null":   {map[string]any{integrity: []any{}}, nil},
		"aka_vcts of a text":     {map[string]any{"aka_vcts": "urn:b"}, nil},
		"aka_vcts empty":         {map[string]any{"aka_vcts": []string{}}, nil},
		"aka_vcts with the vct":  {map[string]any{"aka_vcts": []string{"urn:b", residence}}, nil},
		"aka_vcts twice":         {map[string]any{"aka_vcts": []string{"urn:b", "urn:b"}}, nil},
		"aka_vcts of numbers":    {map[string]any{"aka_vcts": []int{1}}, nil},
		"a status of a text":     {map[string]any{"status": "good"}, nil},
		"an empty status":        {map[string]any{"status": map[string]any{}}, nil},
		"a status without index": {map[string]any{"status": map[string]any{"status_list": map[string]any{"uri": "https://a"}}}, nil},
		"a status below zero":    {map[string]any{"status": map[string]any{"status_list": map[string]any{"uri": "https://a", "idx": -1}}}, nil},
		"a status of a half":     {map[string]any{"status": map[string]any{"status_list": map[string]any{"uri": "https://a", "idx": 0.5}}}, nil},
		"a status without URI":   {map[string]any{"status": map[string]any{"status_list": map[string]any{"idx": 1}}}, nil},
		"vct withheld":           {nil, []string{"/vct"}},
		"integrity withheld":     {map[string]any{integrity: "sha256-x"}, []string{"/vct#integrity"}},
		"aka_vcts withheld":      {map[string]any{"aka_vcts": []string{"urn:b"}}, []string{"/aka_vcts/0"}},
		"status withheld":        {map[string]any{"status": map[string]any{"x": 1}}, []string{"/status"}},
		"a status in part":       {map[string]any{"status": map[string]any{"x": map[string]any{"y": 1}}}, []string{"/status/x/y"}},
	} {
		t.Run(name, func(t *testing.T) {
			in := issuance(t, key, c.claims)
			in.Selective = c.selective
			if token, err := sdjwtvc.Issue(in); !errors.Is(err, sdjwtvc.ErrModel) || token != nil {
				t.Errorf("issued: %v, %v", token, err)
			}
			p := policy(t, key)
			p.Issuer, p.Credential = sdjwtvc.Ignore(), sdjwtvc.Ignore()
			token := forge(t, in)
			if got, err := sdjwtvc.Verify(context.Background(), token, p); !errors.Is(err, sdjwtvc.ErrModel) || got != nil {
				t.Errorf("verified: %v, %v", got, err)
			}
		})
	}
	// Withheld, it cannot be told from a decoy: it is refused all the same.
	in := issuance(t, key, map[string]any{"status": map[string]any{"x": map[string]any{"y": 1}}})
	in.Selective = []string{"/status/x/y"}
	token, err := sdjwt.Present(forge(t, in), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := sdjwtvc.Verify(context.Background(), token, policy(t, key)); !errors.Is(err, sdjwtvc.ErrModel) || got != nil {
		t.Errorf("a status in part that is withheld: %v, %v", got, err)
	}
	in.Type = "JWT"
	if token, err := sdjwtvc.Issue(in); !errors.Is(err, sdjwt.ErrType) || token != nil {
		t.Errorf("of another type: %v, %v", token, err)
	}
}

// TestOlderType: vc+sd-jwt passes for those who still allow it.
func TestOlderType(t *testing.T) {
	key := newKey(t)
	in := issuance(t, key, nil)
	in.Type = sdjwtvc.OlderType
	token := forge(t, in)
	p := policy(t, key)
	if got, err := sdjwtvc.Verify(context.Background(), token, p); !errors.Is(err, sdjwt.ErrType) || got != nil {
		t.Errorf("got %v, %v", got, err)
	}
	p.Types = []string{sdjwtvc.Type, sdjwtvc.OlderType}
	if _, err := sdjwtvc.Verify(context.Background(), token, p); err != nil {
		t.Error(err)
	}
}
