package jwa

import (
	"crypto/ed25519"
	"encoding/base64"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// TestLibrary: go-jose verifies what is signed here, and what it signs is
// verified here.
func TestLibrary(t *testing.T) {
	p := every()
	for _, name := range []string{ES256, ES384, ES512, EdDSA} {
		s := newSigner(t, name)
		algorithm := jose.SignatureAlgorithm(name)
		token, err := p.SignToken(s, map[string]any{"typ": "a+jwt", "x": []string{"<", "é"}}, []byte("payload"))
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{algorithm})
		if err != nil {
			t.Fatal(err)
		}
		if payload, err := parsed.Verify(s.Key.Public()); err != nil || string(payload) != "payload" {
			t.Errorf("%s: go-jose says %v", name, err)
		}
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: s.Key}, (&jose.SignerOptions{}).WithType("b+jwt"))
		if err != nil {
			t.Fatal(err)
		}
		signed, err := signer.Sign([]byte("payload"))
		if err != nil {
			t.Fatal(err)
		}
		if token, err = signed.CompactSerialize(); err != nil {
			t.Fatal(err)
		}
		if err := p.Verify(token, name, s.Key.Public()); err != nil {
			t.Errorf("%s: of go-jose: %v", name, err)
		}
	}
}

// TestForms: what is signed well is refused for its form, and what has the form
// for its signature.
func TestForms(t *testing.T) {
	s := newSigner(t, EdDSA)
	encode := base64.RawURLEncoding.EncodeToString
	sign := func(header, payload string) string {
		message := encode([]byte(header)) + "." + encode([]byte(payload))
		return message + "." + encode(ed25519.Sign(s.Key.(ed25519.PrivateKey), []byte(message)))
	}
	const header = `{"alg":"EdDSA"}`
	good := sign(header, "payload")
	if err := every().Verify(good, EdDSA, s.Key.Public()); err != nil {
		t.Fatal(err)
	}
	for name, token := range map[string]string{
		"nothing":              "",
		"two parts":            good[:strings.LastIndex(good, ".")],
		"four parts":           good + "." + encode([]byte("x")),
		"no header":            sign("", "payload"),
		"no payload":           sign(header, ""),
		"no signature":         good[:strings.LastIndex(good, ".")+1],
		"padding":              good + "=",
		"a line break":         good + "\n",
		"a space":              " " + good,
		"no JSON":              sign("alg", "payload"),
		"a list":               sign(`["EdDSA"]`, "payload"),
		"no algorithm":         sign(`{}`, "payload"),
		"null":                 sign(`{"alg":null}`, "payload"),
		"another algorithm":    sign(`{"alg":"Ed25519"}`, "payload"),
		"none":                 sign(`{"alg":"none"}`, "payload"),
		"in capitals":          sign(`{"ALG":"EdDSA"}`, "payload"),
		"an algorithm twice":   sign(`{"alg":"EdDSA","alg":"EdDSA"}`, "payload"),
		"critical":             sign(`{"alg":"EdDSA","crit":["exp"]}`, "payload"),
		"nothing is critical":  sign(`{"alg":"EdDSA","crit":[]}`, "payload"),
		"critical null":        sign(`{"alg":"EdDSA","crit":null}`, "payload"),
		"not encoded":          sign(`{"alg":"EdDSA","b64":false}`, "payload"),
		"more than the header": sign(header+" {}", "payload"),
	} {
		wantError(t, name, every().Verify(token, EdDSA, s.Key.Public()), errMalformed)
	}
	message, signature := good[:strings.LastIndex(good, ".")], good[strings.LastIndex(good, ".")+1:]
	for name, other := range map[string]string{
		"of another payload": sign(header, "payloae")[strings.LastIndex(sign(header, "payloae"), ".")+1:],
		"one byte more":      encode(append(decode(t, signature), 0)),
		"one byte less":      encode(decode(t, signature)[1:]),
		"zeros":              encode(make([]byte, 64)),
	} {
		wantError(t, name, every().Verify(message+"."+other, EdDSA, s.Key.Public()), errSignature)
	}
	wantError(t, "a key of another kind", every().Verify(good, EdDSA, newSigner(t, ES256).Key.Public()), errKey)
}

// TestECDSASignatures: r and s are of one size, and not zero.
func TestECDSASignatures(t *testing.T) {
	s := newSigner(t, ES256)
	token, err := every().SignToken(s, nil, []byte("payload"))
	if err != nil {
		t.Fatal(err)
	}
	at := strings.LastIndex(token, ".") + 1
	for name, other := range map[string][]byte{"zeros": make([]byte, 64), "63 bytes": decode(t, token[at:])[1:], "65 bytes": append(decode(t, token[at:]), 0)} {
		wantError(t, name, every().Verify(token[:at]+base64.RawURLEncoding.EncodeToString(other), ES256, s.Key.Public()), errSignature)
	}
}

func decode(t *testing.T, text string) []byte {
	t.Helper()
	data, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
