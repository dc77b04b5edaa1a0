package access_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/issuer/access"
)

func newToken(t *testing.T) (token, digest string) {
	t.Helper()
	token, digest, err := access.NewToken(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return token, digest
}

func TestTokenHas256Bits(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		token, digest := newToken(t)
		secret, err := base64.RawURLEncoding.DecodeString(token)
		sum := sha256.Sum256([]byte(token))
		if err != nil || len(secret) != 32 || digest != hex.EncodeToString(sum[:]) || seen[token] {
			t.Fatalf("%s, %s: %v", token, digest, err)
		}
		seen[token] = true
	}
}

func TestTokenWantsRandomness(t *testing.T) {
	if token, digest, err := access.NewToken(bytes.NewReader(make([]byte, 31))); err == nil || token != "" || digest != "" {
		t.Errorf("got %q, %q", token, digest)
	}
}

func TestCaller(t *testing.T) {
	var tokens access.Tokens
	if !tokens.Empty() || tokens.Caller("") != "" {
		t.Error("there is a caller before any was added")
	}
	first, firstDigest := newToken(t)
	second, secondDigest := newToken(t)
	tokens.Add("first", firstDigest)
	tokens.Add("second", secondDigest)
	if tokens.Empty() || tokens.Caller(first) != "first" || tokens.Caller(second) != "second" {
		t.Errorf("first: %q, second: %q", tokens.Caller(first), tokens.Caller(second))
	}
	third, _ := newToken(t)
	for _, token := range []string{"", third, firstDigest, first[1:], first + "=", strings.ToLower(first), first + " "} {
		if name := tokens.Caller(token); name != "" {
			t.Errorf("%q is taken for %s", token, name)
		}
	}
}
