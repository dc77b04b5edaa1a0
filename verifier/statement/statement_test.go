package statement_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/verifier/proof/jose"
	"github.com/chancery-vc/chancery/verifier/statement"
)

const method = "did:web:registry.example#key-1"

func answer() statement.Statement {
	return statement.Statement{
		Issuer: "did:web:registry.example", Audience: "benefits-office", Subject: "urn:chancery:subject:abc", ID: "urn:uuid:1",
		Issued: 1_780_000_000, Expires: 1_780_000_300, Nonce: "n-1", Purpose: "child-benefit", Configuration: strings.Repeat("0a", 32),
	}
}

// every returns a statement of each type.
func every() map[statement.Type]statement.Statement {
	fact, status, scope := answer(), answer(), answer()
	fact.Fact = &statement.Fact{Name: "of-age", Disclosure: statement.DisclosePredicate, Value: jsontext.Value("true")}
	status.Status = &statement.Status{Name: "registration", State: "registered"}
	scope.Audience, scope.Subject, scope.Nonce, scope.Purpose = "", "", "", ""
	scope.Scope = &statement.Scope{Sources: []statement.Source{{
		Name: "births", Proven: true, At: "2026-07-01T12:00:00Z",
		Relations: []statement.Relation{{Name: "births", Keys: []string{"number"}, Columns: []string{"born", "number"}}},
	}}}
	return map[statement.Type]statement.Statement{statement.TypeFact: fact, statement.TypeStatus: status, statement.TypeScope: scope, statement.TypeGrant: grant()}
}

func sign(t testing.TB, s statement.Statement, key crypto.Signer) []byte {
	t.Helper()
	token, err := statement.Sign(&s, statement.Signer{Key: key, KeyID: method, Random: rand.Reader})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func p256(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestRoundTrip(t *testing.T) {
	if len(every()) != len(statement.Types()) {
		t.Fatal("a type has no statement here")
	}
	for typ, want := range every() {
		for _, key := range []crypto.Signer{credtest.Key("registry"), p256(t)} {
			token := sign(t, want, key)
			u, err := statement.Peek(token)
			if err != nil || u.Type != typ || u.KeyID != method {
				t.Fatalf("%s: %+v, %v", typ, u, err)
			}
			got, err := statement.Verify(token, key.Public(), jose.Recommended())
			if err != nil {
				t.Fatalf("%s: %v", typ, err)
			}
			if diff := cmp.Diff(&want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", typ, diff)
			}
		}
	}
}

// TestAltered flips each bit of a statement, and cuts it at each place.
func TestAltered(t *testing.T) {
	key := credtest.Key("registry")
	token := sign(t, every()[statement.TypeFact], key)
	for i := range token {
		for bit := range 8 {
			altered := bytes.Clone(token)
			altered[i] ^= 1 << bit
			if s, err := statement.Verify(altered, key.Public(), jose.Recommended()); err == nil || s != nil {
				t.Fatalf("bit %d of byte %d: %v", bit, i, s)
			}
		}
		if s, err := statement.Verify(token[:i], key.Public(), jose.Recommended()); err == nil || s != nil {
			t.Fatalf("cut at %d: %v", i, s)
		}
	}
}

func TestKeysAndAlgorithms(t *testing.T) {
	key, other := credtest.Key("registry"), credtest.Key("other")
	token := sign(t, every()[statement.TypeFact], key)
	for name, c := range map[string]struct {
		key        crypto.PublicKey
		algorithms []string
		want       error
	}{
		"another's":                {other.Public(), jose.Recommended(), statement.ErrSignature},
		"of another kind":          {p256(t).Public(), jose.Recommended(), statement.ErrKey},
		"none":                     {nil, jose.Recommended(), statement.ErrKey},
		"an algorithm not allowed": {key.Public(), []string{jose.ES256}, statement.ErrAlgorithm},
		"no algorithm allowed":     {key.Public(), nil, statement.ErrAlgorithm},
	} {
		if s, err := statement.Verify(token, c.key, c.algorithms); !errors.Is(err, c.want) || s != nil {
			t.Errorf("%s: %v, %v", name, s, err)
		}
	}
}

// forge signs any header and payload with the right key.
func forge(t testing.TB, header, payload string, key ed25519.PrivateKey) []byte {
	t.Helper()
	input := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(payload))
	return []byte(input + "." + base64.RawURLEncoding.EncodeToString(ed25519.Sign(key, []byte(input))))
}

// TestForms: what is signed well is no statement for that.
func TestForms(t *testing.T) {
	key := credtest.Key("registry")
	const header = `{"alg":"EdDSA","typ":"chancery-fact+jwt","kid":"` + method + `"}`
	payload := string(credtest.Marshal(t, every()[statement.TypeFact]))
	if _, err := statement.Verify(forge(t, header, payload, key), key.Public(), jose.Recommended()); err != nil {
		t.Fatal(err)
	}
	edit := func(text, from, to string) string {
		if strings.Count(text, from) != 1 {
			t.Fatalf("%q is there %d times in %s", from, strings.Count(text, from), text)
		}
		return strings.Replace(text, from, to, 1)
	}
	for name, c := range map[string]struct{ header, payload string }{
		"another type":               {edit(header, "fact", "status"), payload},
		"a type of credentials":      {edit(header, "chancery-fact+jwt", "vc+jwt"), payload},
		"a type in capitals":         {edit(header, "chancery", "Chancery"), payload},
		"no type":                    {edit(header, `"typ":"chancery-fact+jwt",`, ""), payload},
		"a content type":             {edit(header, `{`, `{"cty":"vc",`), payload},
		"critical":                   {edit(header, `{`, `{"crit":["exp"],"exp":1,`), payload},
		"no algorithm":               {edit(header, "EdDSA", "none"), payload},
		"a shared secret":            {edit(header, "EdDSA", "HS256"), payload},
		"no key":                     {edit(header, `,"kid":"`+method+`"`, ""), payload},
		"two types":                  {edit(header, `{`, `{"typ":"chancery-fact+jwt",`), payload},
		"no payload":                 {header, ""},
		"no object":                  {header, `[]`},
		"an unknown member":          {header, edit(payload, `{"iss"`, `{"role":"admin","iss"`)},
		"a member twice":             {header, edit(payload, `{"iss"`, `{"purpose":"other","iss"`)},
		"a fact and a status":        {header, edit(payload, `"fact"`, `"status":{"name":"a","state":"b"},"fact"`)},
		"no issuer":                  {header, edit(payload, `"iss":"did:web:registry.example",`, "")},
		"no audience":                {header, edit(payload, `"aud":"benefits-office",`, "")},
		"two audiences":              {header, edit(payload, `"benefits-office"`, `["benefits-office","other"]`)},
		"no subject":                 {header, edit(payload, `"sub":"urn:chancery:subject:abc",`, "")},
		"no purpose":                 {header, edit(payload, `"purpose":"child-benefit",`, "")},
		"no configuration":           {header, edit(payload, `"configuration":"`+strings.Repeat("0a", 32)+`",`, "")},
		"no id":                      {header, edit(payload, `"jti":"urn:uuid:1",`, "")},
		"no end":                     {header, edit(payload, `"exp":1780000300,`, "")},
		"an end before it began":     {header, edit(payload, `"exp":1780000300`, `"exp":1780000000`)},
		"a time that is no number":   {header, edit(payload, `1780000300`, `"1780000300"`)},
		"a time of no calendar":      {header, edit(payload, `1780000300`, `999999999999999`)},
		"a fact without a name":      {header, edit(payload, `"of-age"`, `""`)},
		"a disclosure of no kind":    {header, edit(payload, `"predicate"`, `"whole"`)},
		"a predicate of a number":    {header, edit(payload, `true`, `19`)},
		"a predicate without one":    {header, edit(payload, `,"value":true`, ``)},
		"redacted, yet with a value": {header, edit(payload, `"predicate"`, `"redacted"`)},
		"a number that is rounded":   {header, edit(edit(payload, `"predicate"`, `"value"`), "true", "9007199254740993")},
		"a value that is null":       {header, edit(edit(payload, `"predicate"`, `"value"`), "true", "null")},
	} {
		s, err := statement.Verify(forge(t, c.header, c.payload, key), key.Public(), []string{jose.EdDSA})
		if !errors.Is(err, statement.ErrMalformed) && !errors.Is(err, statement.ErrAlgorithm) || s != nil {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}

// TestNotSigned: what would not be read is not signed.
func TestNotSigned(t *testing.T) {
	nothing, two, endless, nobody := answer(), every()[statement.TypeFact], every()[statement.TypeFact], every()[statement.TypeFact]
	two.Status = &statement.Status{Name: "a", State: "b"}
	endless.Expires = 0
	nobody.Audience = ""
	stateless := every()[statement.TypeStatus]
	stateless.Status = &statement.Status{Name: "a"}
	for name, s := range map[string]statement.Statement{"says nothing": nothing, "says two things": two, "endless": endless, "for nobody": nobody, "no state": stateless} {
		if token, err := statement.Sign(&s, statement.Signer{Key: credtest.Key("registry"), KeyID: method, Random: rand.Reader}); !errors.Is(err, statement.ErrMalformed) {
			t.Errorf("%s: %s, %v", name, token, err)
		}
	}
	fact := every()[statement.TypeFact]
	if token, err := statement.Sign(&fact, statement.Signer{Key: credtest.Key("registry"), Random: rand.Reader}); !errors.Is(err, statement.ErrMalformed) {
		t.Errorf("without a method: %s, %v", token, err)
	}
	small, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if token, err := statement.Sign(&fact, statement.Signer{Key: small, KeyID: method, Random: rand.Reader}); !errors.Is(err, statement.ErrKey) {
		t.Errorf("a key without an algorithm: %s, %v", token, err)
	}
}

// FuzzPeek: what is read is of the type that it says, and is written again as
// something that is read the same.
func FuzzPeek(f *testing.F) {
	for _, s := range every() {
		f.Add(sign(f, s, credtest.Key("registry")))
	}
	key := credtest.Key("registry")
	f.Fuzz(func(t *testing.T, token []byte) {
		u, err := statement.Peek(token)
		if err != nil {
			if !errors.Is(err, statement.ErrMalformed) {
				t.Fatalf("an error of another kind: %v", err)
			}
			return
		}
		if u.Type != u.Statement.Type() {
			t.Fatalf("%s that says %s", u.Type, u.Statement.Type())
		}
		again, err := statement.Verify(sign(t, *u.Statement, key), key.Public(), jose.Recommended())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(u.Statement, again); diff != "" {
			t.Fatal(diff)
		}
	})
}
