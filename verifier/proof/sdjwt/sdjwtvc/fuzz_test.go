package sdjwtvc_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt/sdjwtvc"
)

// fuzzKey is the same in each process.
func fuzzKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// FuzzTypeMetadata: what is read of a type is its own, keeps what the type that
// it extends lays down, and is the same each time.
func FuzzTypeMetadata(f *testing.F) {
	all := documents(`{"path":["a",null,0],"sd":"always","mandatory":true,"svg_id":"x","display":[{"locale":"en","label":"A"}]}`, `{"path":["a"],"sd":"never"}`)
	f.Add(all[residence], all["urn:base"])
	f.Add([]byte(`{"vct":"urn:a","extends":"urn:b","extends#integrity":"sha256-x"}`), []byte(`{"vct":"urn:b"}`))
	f.Add([]byte(`{"vct":"urn:a","claims":[{"path":["b"],"sd":"never"}],"extends":"urn:b"}`), []byte(`{"vct":"urn:b","claims":[{"path":["b"],"sd":"always","mandatory":true}]}`))
	f.Add([]byte(`{"vct":"urn:a","extends":"urn:b"}`), []byte(`{"vct":"urn:b","extends":"urn:a"}`))
	f.Fuzz(func(t *testing.T, one, other []byte) {
		byType, err := sdjwtvc.ByType(one, other)
		if err != nil {
			if !errors.Is(err, sdjwtvc.ErrTypeMetadata) || byType != nil {
				t.Fatalf("got %v, %v", byType, err)
			}
			return
		}
		for vct := range byType {
			m, err := sdjwtvc.LoadTypeMetadata(byType, vct, "")
			if err != nil {
				if !errors.Is(err, sdjwtvc.ErrTypeMetadata) && !errors.Is(err, sdjwtvc.ErrNoTypeMetadata) || m != nil {
					t.Fatalf("got %v, %v", m, err)
				}
				continue
			}
			again, err := sdjwtvc.LoadTypeMetadata(byType, vct, sri(string(byType[vct])))
			if diff := cmp.Diff(m, again); err != nil || diff != "" {
				t.Fatalf("with its digest: %v %s", err, diff)
			}
			wantKept(t, m, byType)
		}
	})
}

// wantKept wants the claims of a type to be as strict as those of each type
// that it extends.
func wantKept(t *testing.T, m *sdjwtvc.TypeMetadata, byType map[string][]byte) {
	t.Helper()
	for _, vct := range m.Types[1:] {
		base, err := sdjwtvc.LoadTypeMetadata(byType, vct, "")
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range base.Claims {
			own := m.Claims[i] // those of what is extended come first
			if !cmp.Equal(own.Path, c.Path) || c.Mandatory && !own.Mandatory || c.Selective != sdjwtvc.Allowed && own.Selective != c.Selective {
				t.Errorf("%v of %s became %v", c, vct, own)
			}
		}
	}
}

// FuzzIssuerMetadata: metadata that are taken speak for the issuer that they
// name, and a credential that is accepted by them is by a key that is in them.
func FuzzIssuerMetadata(f *testing.F) {
	key := fuzzKey(f)
	mine := jwk(f, key.Public(), `,"kid":"1"`)
	for _, text := range []string{
		`{"issuer":"` + issuerURL + `","jwks":{"keys":[` + mine + `]}}`,
		`{"issuer":"` + issuerURL + `","jwks":{"keys":[{"kty":"oct","k":"AA","kid":"1"},` + mine + `]}}`,
		`{"issuer":"https://registry.example/land/","jwks":{"keys":[` + mine + `]}}`,
		`{"issuer":"` + issuerURL + `","jwks_uri":"https://registry.example/keys"}`,
		`{"issuer":"https://a.example/\u002e./b","jwks":{"keys":[1]}}`,
	} {
		f.Add([]byte(text))
	}
	token := issue(f, issuance(f, key, nil))
	f.Fuzz(func(t *testing.T, document []byte) {
		fetch, err := sdjwtvc.PinnedMetadata(document)
		if err != nil {
			if !errors.Is(err, sdjwtvc.ErrMetadata) || fetch != nil {
				t.Fatalf("an error of another kind: %v", err)
			}
			return
		}
		p := policy(t, key)
		p.Finders = []sdjwtvc.Finder{sdjwtvc.Metadata{Fetch: fetch}}
		c, err := sdjwtvc.Verify(t.Context(), token, p)
		if err != nil {
			if !errors.Is(err, sdjwtvc.ErrIssuer) && !errors.Is(err, did.ErrUnknown) && !errors.Is(err, sdjwt.ErrKey) && !errors.Is(err, sdjwt.ErrSignature) || c != nil {
				t.Fatalf("got %v, %v", c, err)
			}
			return
		}
		var said struct{ Issuer string }
		if err := json.Unmarshal(document, &said); err != nil || said.Issuer != issuerURL || !bytes.Contains(document, []byte(`"x"`)) {
			t.Errorf("%s vouches for %s, %v", document, issuerURL, err)
		}
	})
}

// FuzzVerify issues any claims: a credential that is accepted is of the type
// and the issuer that were expected, and hides nothing that decides about it.
func FuzzVerify(f *testing.F) {
	key := fuzzKey(f)
	for _, more := range []string{``, `,"exp":1`, `,"status":{"status_list":{"idx":1,"uri":"https://a"}}`, `,"aka_vcts":["urn:b"]`, `,"vct#integrity":"sha256-x","cnf":{}`} {
		f.Add([]byte(`{"iss":"`+issuerURL+`","vct":"`+residence+`","name":"Ana"`+more+`}`), "/name")
	}
	f.Add([]byte(`{"iss":"`+issuerURL+`","vct":"`+residence+`","status":{"a":{"b":1}}}`), "/status/a/b")
	f.Add([]byte(`{"iss":"`+issuerURL+`","vct":"`+residence+`"}`), "/vct")
	p := policy(f, key)
	f.Fuzz(func(t *testing.T, claims []byte, pointer string) {
		token, err := sdjwt.Issue(sdjwt.Issuance{
			Claims: claims, Selective: []string{pointer}, Type: sdjwtvc.Type, Header: map[string]any{"kid": "1"},
			Algorithm: sdjwt.ES256, Signer: key, Random: strings.NewReader(strings.Repeat("salt", 100)),
		})
		if err != nil {
			return
		}
		c, err := sdjwtvc.Verify(t.Context(), token, p)
		if err != nil {
			if c != nil {
				t.Fatalf("got %v with %v", c, err)
			}
			return
		}
		if vct, _ := c.Claim("vct"); vct != residence || c.Type != residence || c.Issuer.Names[0] != issuerURL {
			t.Errorf("%s is accepted as %v of %v", claims, c.Type, c.Issuer)
		}
		top, _, _ := strings.Cut(strings.TrimPrefix(pointer, "/"), "/")
		for _, name := range []string{"iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "aka_vcts", "status"} {
			if top == name {
				t.Errorf("%s with %s to withhold is accepted", claims, pointer)
			}
		}
	})
}
