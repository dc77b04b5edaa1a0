package sdjwt_test

import (
	"crypto/rand"
	"encoding/json"
	"io/fs"
	"path"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/testdata"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt/sdjwttest"
)

// files returns the files of a folder of vectors, below the shared folder.
func files(t *testing.T, folder string) []string {
	t.Helper()
	root := testdata.Path(t, folder)
	var names []string
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			below, _ := filepath.Rel(root, file)
			names = append(names, filepath.ToSlash(below))
		}
		return err
	})
	if err != nil || len(names) == 0 {
		t.Fatalf("%d files in %s: %v", len(names), folder, err)
	}
	return names
}

func TestVectorsRFC9901(t *testing.T) { specifications(t, "vectors/sd-jwt-spec", 15) }
func TestVectorsPython(t *testing.T)  { specifications(t, "vectors/sd-jwt-python", 32) }

// specifications issues, presents and verifies each example of a folder.
func specifications(t *testing.T, folder string, want int) {
	done := 0
	for _, name := range files(t, folder) {
		file := path.Join(folder, name)
		if path.Base(name) == "settings.yml" {
			continue // read by the examples beside it
		}
		if path.Base(name) != "specification.yml" {
			t.Errorf("nothing is known about %s", file)
			continue
		}
		done++
		t.Run(path.Dir(name), func(t *testing.T) {
			settings := sdjwttest.ReadSettings(t, path.Join(path.Dir(path.Dir(file)), "settings.yml"))
			specification(t, sdjwttest.Read(t, file), settings)
		})
	}
	if done != want {
		t.Errorf("%d examples, not %d", done, want)
	}
}

func specification(t *testing.T, s *sdjwttest.Specification, set *sdjwttest.Settings) {
	if kid, ok := s.Header["kid"].(float64); ok {
		testdata.NotApplicable(t, "kid must be a text (RFC 7515, section 4.1.4); the example has a number")
		if _, err := sdjwt.Issue(issuance(t, s, set)); err == nil {
			t.Errorf("kid %v was issued", kid)
		}
		s.Header["kid"] = "42"
	}
	if _, ok := s.Claims["cnf"]; s.Bound && ok {
		t.Fatal("the example brings its own key for key binding")
	}
	token, err := sdjwt.Issue(issuance(t, s, set))
	if err != nil {
		t.Fatal(err)
	}
	if len(token.Disclosures) != len(s.Selective) {
		t.Errorf("%d disclosures for %q", len(token.Disclosures), s.Selective)
	}
	presented, err := sdjwt.Present(token, s.Shown)
	if err != nil {
		t.Fatal(err)
	}
	policy := sdjwt.Policy{
		Now: seconds(set.IssuedAt), Key: set.IssuerKey.Public(), Algorithms: []string{sdjwt.ES256},
		Types: []string{typeOf(s)}, KeyBinding: sdjwt.RefuseKeyBinding(),
	}
	if s.Bound {
		presented, policy.KeyBinding = bound(t, presented, set)
	}
	verified, err := sdjwt.Verify(again(t, s, presented), policy)
	if err != nil {
		t.Fatal(err)
	}
	claims := verified.Claims()
	for _, name := range []string{"iss", "iat", "exp", "cnf"} {
		if _, ok := s.Claims[name]; !ok {
			delete(claims, name)
		}
	}
	if diff := cmp.Diff(s.Expected, claims); diff != "" {
		t.Errorf("expected (-) and verified (+):\n%s", diff)
	}
}

func seconds(since float64) time.Time { return time.Unix(int64(since), 0) }

func typeOf(s *sdjwttest.Specification) string {
	typ, _ := s.Header["typ"].(string)
	return typ
}

func issuance(t *testing.T, s *sdjwttest.Specification, set *sdjwttest.Settings) sdjwt.Issuance {
	t.Helper()
	claims := map[string]any{}
	if !s.NoDefaults {
		claims = map[string]any{"iss": set.Issuer, "iat": set.IssuedAt, "exp": set.Expires}
	}
	for name, value := range s.Claims {
		claims[name] = value
	}
	header := map[string]any{}
	for name, value := range s.Header {
		if name != "typ" {
			header[name] = value
		}
	}
	in := sdjwt.Issuance{
		Claims: encode(t, claims), Selective: s.Selective, Type: typeOf(s), Header: header,
		Algorithm: sdjwt.ES256, Signer: set.IssuerKey, Random: rand.Reader,
	}
	if s.Bound {
		in.Holder = set.HolderKey.Public()
	}
	if s.Decoys {
		in.Decoys = map[string]int{"": 3}
	}
	return in
}

func bound(t *testing.T, token *sdjwt.Token, set *sdjwttest.Settings) (*sdjwt.Token, sdjwt.KeyBindingRule) {
	t.Helper()
	token, err := sdjwt.Bind(token, sdjwt.Binding{
		Nonce: set.Nonce, Audience: set.Audience, IssuedAt: seconds(set.IssuedAt),
		Algorithm: sdjwt.ES256, Signer: set.HolderKey, Random: rand.Reader,
	})
	if err != nil {
		t.Fatal(err)
	}
	return token, sdjwt.ExpectKeyBinding(sdjwt.KeyBinding{
		Nonce: set.Nonce, Audience: set.Audience, MaxAge: time.Minute, Algorithms: []string{sdjwt.ES256},
	})
}

// again writes a token in the serialization of the example and reads it.
func again(t *testing.T, s *sdjwttest.Specification, token *sdjwt.Token) *sdjwt.Token {
	t.Helper()
	read, err := sdjwt.Parse(token.String())
	if s.JSON {
		var text []byte
		if text, err = token.FlattenedJSON(); err != nil {
			t.Fatal(err)
		}
		if s.General {
			text = twice(t, text)
		}
		read, err = sdjwt.ParseJSON(text)
	}
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(token.String(), read.String()); diff != "" {
		t.Errorf("written (-) and read (+):\n%s", diff)
	}
	return read
}

// twice makes the general serialization of a flattened one, with a second
// signature.
func twice(t *testing.T, text []byte) []byte {
	t.Helper()
	var one map[string]any
	if err := json.Unmarshal(text, &one); err != nil {
		t.Fatal(err)
	}
	payload := one["payload"]
	delete(one, "payload")
	second := map[string]any{"protected": one["protected"], "signature": one["signature"], "header": map[string]any{"kid": "issuer-key-2"}}
	return encode(t, map[string]any{"payload": payload, "signatures": []any{one, second}})
}

func encode(t testing.TB, value any) []byte {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
