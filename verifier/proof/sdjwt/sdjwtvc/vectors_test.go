package sdjwtvc_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt/sdjwttest"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt/sdjwtvc"
)

const examples = "vectors/sd-jwt-vc-spec/examples/"

// TestVectorsSDJWTVC issues, presents and verifies the examples of the draft,
// with the keys of its settings at the address of the issuer.
func TestVectorsSDJWTVC(t *testing.T) {
	for _, name := range []string{"01", "02", "03-pid"} {
		t.Run(name, func(t *testing.T) {
			example(t, sdjwttest.Read(t, examples+name+"/specification.yml"), sdjwttest.ReadSettings(t, examples+"settings.yml"))
		})
	}
}

func example(t *testing.T, s *sdjwttest.Specification, set *sdjwttest.Settings) {
	claims := map[string]any{"iss": set.Issuer, "iat": set.IssuedAt, "exp": set.Expires}
	maps.Copy(claims, s.Claims)
	text, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	in := sdjwt.Issuance{
		Claims: text, Selective: s.Selective, Algorithm: sdjwt.ES256, Signer: set.IssuerKey, Random: rand.Reader,
	}
	if s.Bound {
		in.Holder = set.HolderKey.Public()
	}
	token, err := sdjwt.Present(issue(t, in), s.Shown)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Unix(int64(set.IssuedAt), 0)
	issuer := claims["iss"].(string)
	p := sdjwtvc.Policy{
		Now: at, Types: []string{s.Header["typ"].(string)},
		Credential: sdjwtvc.Expect(claims["vct"].(string)), Issuer: sdjwtvc.Expect(issuer),
		Finders: []sdjwtvc.Finder{sdjwtvc.Metadata{Fetch: func(context.Context, string) ([]byte, error) {
			return fmt.Appendf(nil, `{"issuer":%q,"jwks":{"keys":[%s]}}`, issuer, jwk(t, set.IssuerKey.Public(), "")), nil
		}}},
		Algorithms: []string{sdjwt.ES256}, KeyBinding: sdjwt.RefuseKeyBinding(),
	}
	if s.Bound {
		token, err = sdjwt.Bind(token, sdjwt.Binding{
			Nonce: set.Nonce, Audience: set.Audience, IssuedAt: at, Algorithm: sdjwt.ES256, Signer: set.HolderKey, Random: rand.Reader,
		})
		if err != nil {
			t.Fatal(err)
		}
		p.KeyBinding = sdjwt.ExpectKeyBinding(sdjwt.KeyBinding{
			Nonce: set.Nonce, Audience: set.Audience, MaxAge: time.Minute, Algorithms: []string{sdjwt.ES256},
		})
	}
	c, err := sdjwtvc.Verify(context.Background(), token, p)
	if err != nil {
		t.Fatal(err)
	}
	want := maps.Clone(s.Expected)
	got := c.Claims()
	for _, name := range []string{"iss", "iat", "exp", "cnf"} {
		if _, ok := s.Claims[name]; !ok {
			delete(got, name)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("expected (-) and verified (+):\n%s", diff)
	}
}
