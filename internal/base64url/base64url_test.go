package base64url_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/internal/base64url"
)

func TestDecodeRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"padded":               "AA==",
		"of the other letters": "+/+/",
		"a break":              "AA\nAA",
		"a break at the end":   "AAAA\r\n",
		"a space":              "AA AA",
		"bits that are left":   "AB",
		"one letter":           "A",
	} {
		if data, err := base64url.Decode(text); !errors.Is(err, base64url.ErrMalformed) || data != nil {
			t.Errorf("%s: got %x, %v", name, data, err)
		}
	}
}

// TestDecode: a text is accepted if and only if it is that of its bytes.
func TestDecode(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOf(rapid.Byte()).Draw(t, "data")
		got, err := base64url.Decode(base64.RawURLEncoding.EncodeToString(want))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("got %x, %v, want %x", got, err, want)
		}
		text := rapid.StringMatching(`[A-Za-z0-9_\-\n=]{0,9}`).Draw(t, "text")
		if data, err := base64url.Decode(text); err == nil && base64.RawURLEncoding.EncodeToString(data) != text {
			t.Errorf("%q is read as %x", text, data)
		}
	})
}
