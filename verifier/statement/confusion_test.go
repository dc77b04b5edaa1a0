package statement_test

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/verifier/proof/jose"
	"github.com/chancery-vc/chancery/verifier/statement"
)

func base64url(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

// TestSignatureStripped: no signature, one of nothing, that of another, and one
// that is the same number in another text.
func TestSignatureStripped(t *testing.T) {
	key := credtest.Key("registry")
	token := string(sign(t, every()[statement.TypeFact], key))
	other := string(sign(t, every()[statement.TypeStatus], key))
	end := strings.LastIndex(token, ".") + 1
	signature, err := base64.RawURLEncoding.DecodeString(token[end:])
	if err != nil {
		t.Fatal(err)
	}
	unsecured := base64url([]byte(`{"alg":"none","typ":"chancery-fact+jwt","kid":"`+method+`"}`)) + token[strings.Index(token, "."):end]
	parts := strings.Split(token, ".")
	for name, c := range map[string]struct {
		text string
		kind error
	}{
		"no signature":         {token[:end], statement.ErrMalformed},
		"no dot either":        {token[:end-1], statement.ErrMalformed},
		"none":                 {unsecured, statement.ErrMalformed},
		"none, with one":       {unsecured + token[end:], statement.ErrAlgorithm},
		"zeros":                {token[:end] + base64url(make([]byte, 64)), statement.ErrSignature},
		"half":                 {token[:end] + base64url(signature[:32]), statement.ErrSignature},
		"of another statement": {token[:end] + other[strings.LastIndex(other, ".")+1:], statement.ErrSignature},
		"S and the order":      {token[:end] + base64url(again(signature)), statement.ErrSignature},
		"detached":             {parts[0] + ".." + parts[2], statement.ErrMalformed},
		"flattened":            {fmt.Sprintf(`{"protected":%q,"payload":%q,"signature":%q}`, parts[0], parts[1], parts[2]), statement.ErrMalformed},
		"with a disclosure":    {token + "~", statement.ErrMalformed},
		"of five parts":        {token + ".AA.AA", statement.ErrMalformed},
		"padded":               {token + "==", statement.ErrMalformed},
		"a line after":         {token + "\n", statement.ErrMalformed},
		"bits that are left":   {token[:len(token)-1] + "B", statement.ErrMalformed}, // 64 bytes leave four unused bits
	} {
		if s, err := statement.Verify([]byte(c.text), key.Public(), jose.Recommended()); !errors.Is(err, c.kind) || s != nil {
			t.Errorf("%s: got %v, %v", name, s, err)
		}
	}
	if _, err := statement.Verify([]byte(token), key.Public(), jose.Recommended()); err != nil {
		t.Error(err)
	}
}

// again returns an Ed25519 signature with the order of the group added to S:
// RFC 8032, section 8.4.
func again(signature []byte) []byte {
	order, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	s := slices.Clone(signature[32:])
	slices.Reverse(s)
	s = order.Add(order, new(big.Int).SetBytes(s)).FillBytes(make([]byte, 32))
	slices.Reverse(s)
	return slices.Concat(signature[:32], s)
}

// TestPublicKeyAsSecret: a MAC keyed by the public key, by any name.
func TestPublicKeyAsSecret(t *testing.T) {
	key := credtest.Key("registry")
	public := key.Public().(ed25519.PublicKey)
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	payload := base64url(credtest.Marshal(t, every()[statement.TypeFact]))
	for _, secret := range [][]byte{der, public} {
		for algorithm, kind := range map[string]error{"HS256": statement.ErrAlgorithm, "EdDSA": statement.ErrSignature} {
			input := base64url([]byte(`{"alg":"`+algorithm+`","typ":"chancery-fact+jwt","kid":"`+method+`"}`)) + "." + payload
			mac := hmac.New(sha256.New, secret)
			mac.Write([]byte(input))
			token := []byte(input + "." + base64url(mac.Sum(nil)))
			if s, err := statement.Verify(token, public, jose.Recommended()); !errors.Is(err, kind) || s != nil {
				t.Errorf("%s: got %v, %v", algorithm, s, err)
			}
		}
	}
}

// TestKeyWithin: a key that the header brings, or names, is not asked.
func TestKeyWithin(t *testing.T) {
	key, thief := credtest.Key("registry"), credtest.Key("thief")
	payload := string(credtest.Marshal(t, every()[statement.TypeFact]))
	jwk := `"jwk":{"kty":"OKP","crv":"Ed25519","x":"` + base64url(thief.Public().(ed25519.PublicKey)) + `"}`
	for _, more := range []string{jwk, `"jku":"https://attacker.example/keys"`, `"x5u":"https://attacker.example/chain"`, `"x5c":["AAAA"]`} {
		token := forge(t, `{"alg":"EdDSA","typ":"chancery-fact+jwt","kid":"`+method+`",`+more+`}`, payload, thief)
		if s, err := statement.Verify(token, key.Public(), jose.Recommended()); !errors.Is(err, statement.ErrSignature) || s != nil {
			t.Errorf("%s: got %v, %v", more, s, err)
		}
	}
}
