package bundle_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/schemas"
	"github.com/chancery-vc/chancery/verifier/bundle"
)

func TestRoundTrip(t *testing.T) {
	issuer := credtest.NewWebIssuer(t, "did:web:registry.example", "web")
	context := []byte(`{"@context":{}}`)
	content := issuer.Content(t, credtest.Now, issuer.SignedList(t, credtest.Now, 3))
	content.Contexts = []bundle.Context{{URL: "https://a.example/v1", SHA256: schemas.Digest(context), Document: context}}
	content.Checkpoint = "a checkpoint"
	b := issuer.OpenBundle(t, content)
	if b.Issuer != issuer.ID || !b.Created.Equal(credtest.Now) || b.Checkpoint != "a checkpoint" {
		t.Errorf("got %+v", b)
	}
	if len(b.Controllers) != 1 || b.Controllers[0].ID != issuer.ID {
		t.Errorf("controllers %+v", b.Controllers)
	}
	if list := b.StatusLists[issuer.ListURL()]; len(b.StatusLists) != 1 || list == nil || list.Issuer != issuer.ID {
		t.Errorf("status lists %+v", b.StatusLists)
	}
	embedded, err := schemas.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	contexts, err := b.AddContexts(embedded)
	if err != nil || !contexts.Has("https://a.example/v1") || !contexts.Has(schemas.CredentialsV2) || len(b.Contexts()) != 1 {
		t.Errorf("contexts %+v, %v", contexts, err)
	}
}

// forge returns a JWS of content with any header and signature.
func forge(t *testing.T, header map[string]any, content any, sign func(string) []byte) []byte {
	t.Helper()
	part := func(value any) string { return base64.RawURLEncoding.EncodeToString(credtest.Marshal(t, value)) }
	input := part(header) + "." + part(content)
	return []byte(input + "." + base64.RawURLEncoding.EncodeToString(sign(input)))
}

// TestForgedHeaders signs, or does not, with each algorithm that a header can
// ask for.
func TestForgedHeaders(t *testing.T) {
	issuer, evil := credtest.NewIssuer(t, "registry"), credtest.NewIssuer(t, "evil")
	content := issuer.Content(t, credtest.Now)
	content.Version = 1
	by := func(i *credtest.Issuer) func(string) []byte {
		return func(input string) []byte {
			signature, err := i.Key.Sign(nil, []byte(input), crypto.Hash(0))
			if err != nil {
				t.Fatal(err)
			}
			return signature
		}
	}
	none := func(string) []byte { return nil }
	mac := func(input string) []byte {
		h := hmac.New(sha256.New, issuer.Key[32:])
		h.Write([]byte(input))
		return h.Sum(nil)
	}
	public := map[string]any{"kty": "OKP", "crv": "Ed25519", "x": base64.RawURLEncoding.EncodeToString(evil.Key[32:])}
	type header = map[string]any
	for name, c := range map[string]struct {
		header header
		sign   func(string) []byte
		good   bool
	}{
		"as it should be":       {header{"alg": "EdDSA", "typ": bundle.MediaType}, by(issuer), true},
		"of another":            {header{"alg": "EdDSA", "typ": bundle.MediaType}, by(evil), false},
		"with a key":            {header{"alg": "EdDSA", "typ": bundle.MediaType, "jwk": public}, by(evil), false},
		"unsigned":              {header{"alg": "EdDSA", "typ": bundle.MediaType}, none, false},
		"none":                  {header{"alg": "none", "typ": bundle.MediaType}, none, false},
		"none in other letters": {header{"alg": "nOnE", "typ": bundle.MediaType}, none, false},
		"without an algorithm":  {header{"typ": bundle.MediaType}, by(issuer), false},
		"keyed by the key":      {header{"alg": "HS256", "typ": bundle.MediaType}, mac, false},
		"of another type":       {header{"alg": "EdDSA", "typ": "JWT"}, by(issuer), false},
		"of no type":            {header{"alg": "EdDSA"}, by(issuer), false},
		"with the longer type":  {header{"alg": "EdDSA", "typ": "application/" + bundle.MediaType}, by(issuer), false},
		"with a critical mark":  {header{"alg": "EdDSA", "typ": bundle.MediaType, "crit": []any{"x"}, "x": 1}, by(issuer), false},
		"with plain payload":    {header{"alg": "EdDSA", "typ": bundle.MediaType, "crit": []any{"b64"}, "b64": false}, by(issuer), false},
	} {
		t.Run(name, func(t *testing.T) {
			b, err := bundle.Open(forge(t, c.header, content, c.sign), issuer.Key.Public())
			if (err == nil) != c.good || (err != nil && !errors.Is(err, bundle.ErrInvalid)) || (b != nil) != c.good {
				t.Errorf("got %v, %v", b, err)
			}
		})
	}
}

// TestContents signs contents that are not those of a bundle.
func TestContents(t *testing.T) {
	issuer, other := credtest.NewIssuer(t, "registry"), credtest.NewIssuer(t, "other")
	list := jsontext.Value(issuer.SignedList(t, credtest.Now))
	document, err := issuer.Document(t).MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := other.Document(t).MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	lists := make([]jsontext.Value, 1001)
	for i := range lists {
		lists[i] = bytes.Replace(list, []byte("/status/1\""), fmt.Appendf(nil, "/status/%d\"", i), 1)
	}
	unnamed := credtest.Unmarshal(t, list)
	delete(unnamed, "id")
	for name, c := range map[string]struct {
		edit func(*bundle.Content)
		want string
	}{
		"no time":                   {func(c *bundle.Content) { c.Created = "" }, "created"},
		"a time without zone":       {func(c *bundle.Content) { c.Created = "2026-07-01T12:00:00" }, "created"},
		"document of another":       {func(c *bundle.Content) { c.Controllers = []jsontext.Value{document, foreign} }, "holds a document of"},
		"document that is none":     {func(c *bundle.Content) { c.Controllers = []jsontext.Value{[]byte("[]")} }, "controller document"},
		"many documents":            {func(c *bundle.Content) { c.Controllers = make([]jsontext.Value, 17) }, "too many"},
		"list that is no list":      {func(c *bundle.Content) { c.StatusLists = []jsontext.Value{[]byte("{}")} }, "status list"},
		"list that is named twice":  {func(c *bundle.Content) { c.StatusLists = []jsontext.Value{list, list} }, "twice"},
		"list that is not named":    {func(c *bundle.Content) { c.StatusLists = []jsontext.Value{credtest.Marshal(t, unnamed)} }, "without an id"},
		"many lists":                {func(c *bundle.Content) { c.StatusLists = lists }, "too many"},
		"many contexts":             {func(c *bundle.Content) { c.Contexts = make([]bundle.Context, 65) }, "too many"},
		"nearly too many documents": {func(c *bundle.Content) { c.StatusLists = lists[:1000] }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			content := issuer.Content(t, credtest.Now)
			c.edit(&content)
			for i := range content.Controllers {
				if content.Controllers[i] == nil {
					content.Controllers[i] = document
				}
			}
			b, err := bundle.Open(issuer.SignBundle(t, content), issuer.Key.Public())
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if !errors.Is(err, bundle.ErrInvalid) || !strings.Contains(err.Error(), c.want) || b != nil {
				t.Errorf("got %v, %v, want %q", b, err, c.want)
			}
		})
	}
}

// TestPayloads signs payloads that Sign would not make.
func TestPayloads(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	const rest = `"issuer":"a:b","created":"2026-07-01T12:00:00Z","controllers":[],"statusLists":[],"contexts":[],"checkpoint":""}`
	for name, c := range map[string]struct {
		payload string
		good    bool
	}{
		"as it should be":     {`{"version":1,` + rest, true},
		"a later version":     {`{"version":2,` + rest, false},
		"no version":          {`{` + rest, false},
		"an unknown member":   {`{"version":1,"keys":[],` + rest, false},
		"in other letters":    {`{"Version":1,` + rest, false},
		"a duplicate member":  {`{"version":1,"issuer":"c:d",` + rest, false},
		"not JSON":            {`version 1`, false},
		"nothing":             {``, false},
		"with something more": {`{"version":1,` + rest + `{}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			encode := base64.RawURLEncoding.EncodeToString
			input := encode([]byte(`{"alg":"EdDSA","typ":"`+bundle.MediaType+`"}`)) + "." + encode([]byte(c.payload))
			signature, err := issuer.Key.Sign(nil, []byte(input), crypto.Hash(0))
			if err != nil {
				t.Fatal(err)
			}
			b, err := bundle.Open([]byte(input+"."+encode(signature)), issuer.Key.Public())
			if (err == nil) != c.good || (err != nil && !errors.Is(err, bundle.ErrInvalid)) {
				t.Errorf("got %v, %v", b, err)
			}
		})
	}
}

func TestKeys(t *testing.T) {
	issuer, other := credtest.NewIssuer(t, "registry"), credtest.NewIssuer(t, "other")
	data := issuer.Bundle(t, credtest.Now)
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		keys []crypto.PublicKey
		good bool
	}{
		"its own":             {[]crypto.PublicKey{issuer.Key.Public()}, true},
		"its own as second":   {[]crypto.PublicKey{other.Key.Public(), issuer.Key.Public()}, true},
		"another":             {[]crypto.PublicKey{other.Key.Public()}, false},
		"of another kind":     {[]crypto.PublicKey{curve.Public()}, false},
		"nil":                 {[]crypto.PublicKey{nil}, false},
		"none":                {nil, false},
		"the private, by key": {[]crypto.PublicKey{issuer.Key}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if b, err := bundle.Open(data, c.keys...); (err == nil) != c.good || (err != nil && !errors.Is(err, bundle.ErrInvalid)) {
				t.Errorf("got %v, %v", b, err)
			}
		})
	}
}

func TestSignWithAnotherKind(t *testing.T) {
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if data, err := bundle.Sign(bundle.Content{}, curve); !errors.Is(err, bundle.ErrInvalid) {
		t.Errorf("got %s, %v", data, err)
	}
}

// TestEachFlippedBit refuses a bundle with any one bit changed, or that was cut
// off anywhere. The base64 has some bits without a meaning: they count too.
func TestEachFlippedBit(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	data := issuer.SignBundle(t, issuer.Content(t, credtest.Now))
	var workers sync.WaitGroup
	for worker := range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := worker; i < len(data)*8; i += runtime.GOMAXPROCS(0) {
				flipped := bytes.Clone(data)
				flipped[i/8] ^= 1 << (i % 8)
				for _, altered := range [][]byte{flipped, data[:i/8]} {
					if _, err := bundle.Open(altered, issuer.Key.Public()); !errors.Is(err, bundle.ErrInvalid) {
						t.Errorf("bit %d: got %v: %s", i, err, altered)
					}
				}
			}
		})
	}
	workers.Wait()
}

func TestOtherForms(t *testing.T) {
	issuer := credtest.NewIssuer(t, "registry")
	data := issuer.SignBundle(t, issuer.Content(t, credtest.Now))
	parts := strings.Split(string(data), ".")
	full := credtest.Marshal(t, map[string]string{"protected": parts[0], "payload": parts[1], "signature": parts[2]})
	for name, altered := range map[string][]byte{
		"nothing":           nil,
		"a line at the end": append(bytes.Clone(data), '\n'),
		"a line within":     bytes.Replace(data, []byte("."), []byte(".\n"), 1),
		"padding":           append(bytes.Clone(data), '='),
		"JSON":              full,
		"too large":         bytes.Repeat([]byte("a"), bundle.MaxBytes+1),
		"without payload":   []byte(parts[0] + ".." + parts[2]),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := bundle.Open(altered, issuer.Key.Public()); !errors.Is(err, bundle.ErrInvalid) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// FuzzOpen opens nothing but what was signed.
func FuzzOpen(f *testing.F) {
	issuer := credtest.NewIssuer(f, "registry")
	signed := issuer.SignBundle(f, issuer.Content(f, credtest.Now))
	f.Add(signed)
	f.Add([]byte(`{"payload":"","signatures":[]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if b, err := bundle.Open(data, issuer.Key.Public()); (err == nil || b != nil) && !bytes.Equal(data, signed) {
			t.Fatalf("opened %s: %v, %v", data, b, err)
		}
	})
}

// FuzzContent signs whatever it is given: reading it must not panic, and what
// is read belongs to the issuer it names.
func FuzzContent(f *testing.F) {
	issuer := credtest.NewIssuer(f, "registry")
	content := issuer.Content(f, credtest.Now, issuer.SignedList(f, credtest.Now))
	content.Version = 1
	payload, err := json.Marshal(content)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(payload)
	header := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"EdDSA","typ":"` + bundle.MediaType + `"}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		input := header + "." + base64.RawURLEncoding.EncodeToString(payload)
		signature, err := issuer.Key.Sign(nil, []byte(input), crypto.Hash(0))
		if err != nil {
			t.Fatal(err)
		}
		b, err := bundle.Open([]byte(input+"."+base64.RawURLEncoding.EncodeToString(signature)), issuer.Key.Public())
		if err != nil {
			if !errors.Is(err, bundle.ErrInvalid) || b != nil {
				t.Fatalf("got %v, %v", b, err)
			}
			return
		}
		for _, document := range b.Controllers {
			if document.ID != b.Issuer {
				t.Fatalf("a document of %s in a bundle of %s", document.ID, b.Issuer)
			}
		}
		if b.Created.IsZero() {
			t.Fatal("a bundle without an age")
		}
	})
}
