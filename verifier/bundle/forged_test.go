package bundle_test

import (
	"bytes"
	"crypto"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/verifier/bundle"
)

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
