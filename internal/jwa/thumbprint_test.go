package jwa_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"github.com/chancery-vc/chancery/internal/jwa"
)

// TestThumbprint has the keys of RFC 9449, section 6.1 and RFC 8037, appendix A.3.
func TestThumbprint(t *testing.T) {
	for text, want := range map[string]string{
		`{"kty":"EC","crv":"P-256","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs","y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA"}`: "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I",
		`{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`:                                                "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
	} {
		var key jose.JSONWebKey
		if err := key.UnmarshalJSON([]byte(text)); err != nil {
			t.Fatal(err)
		}
		got, err := jwa.Thumbprint(key.Key)
		if err != nil || base64.RawURLEncoding.EncodeToString(got) != want {
			t.Errorf("%s: %x, %v", text, got, err)
		}
	}
	if got, err := jwa.Thumbprint(ed25519.PublicKey(nil)); err == nil {
		t.Errorf("of no key: %x", got)
	}
}
