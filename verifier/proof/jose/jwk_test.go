package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"filippo.io/mldsa"
	gojose "github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"
)

func publicJWK(t testing.TB, public any) object {
	t.Helper()
	switch key := public.(type) {
	case *mldsa.PublicKey:
		return object{"kty": "AKP", "alg": key.Parameters().String(), "pub": base64.RawURLEncoding.EncodeToString(key.Bytes())}
	case *ecdsa.PublicKey:
		point, err := key.Bytes()
		must(t, point, err)
		size := len(point) / 2
		return object{
			"kty": "EC", "crv": key.Params().Name,
			"x": base64.RawURLEncoding.EncodeToString(point[1 : 1+size]), "y": base64.RawURLEncoding.EncodeToString(point[1+size:]),
		}
	}
	return object{"kty": "OKP", "crv": "Ed25519", "x": base64.RawURLEncoding.EncodeToString(public.(ed25519.PublicKey))}
}

func TestParseKey(t *testing.T) {
	for name, signer := range signers(t) {
		k, err := ParseKey(marshal(t, edited(publicJWK(t, signer.Public()), object{"alg": name, "use": "sig", "key_ops": []string{"verify"}, "kid": "k"})))
		must(t, k, err)
		if diff := cmp.Diff([]string{name}, k.Algorithms); diff != "" || k.ID != "k" {
			t.Errorf("%s: kid %q: %s", name, k.ID, diff)
		}
		if !k.Public.(interface{ Equal(crypto.PublicKey) bool }).Equal(signer.Public()) {
			t.Errorf("%s: another key was read", name)
		}
	}
	k, err := ParseKey(marshal(t, publicJWK(t, signers(t)[EdDSA].Public())))
	must(t, k, err)
	if diff := cmp.Diff([]string{EdDSA, Ed25519}, k.Algorithms); diff != "" {
		t.Error(diff)
	}
}

func TestParseKeyRefuses(t *testing.T) {
	keys := signers(t)
	p256, akp := publicJWK(t, keys[ES256].Public()), publicJWK(t, keys[MLDSA44].Public())
	for name, jwk := range map[string]object{
		"encryption":       edited(p256, object{"use": "enc"}),
		"signing":          edited(p256, object{"key_ops": []string{"sign"}}),
		"operations text":  edited(p256, object{"key_ops": "verify"}),
		"agreement":        edited(p256, object{"alg": "ECDH-ES"}),
		"other curve":      edited(p256, object{"alg": ES384}),
		"private":          edited(p256, object{"d": "AA"}),
		"secret":           {"kty": "oct", "k": "AA"},
		"off the curve":    edited(p256, object{"y": p256["x"]}),
		"RSA":              {"kty": "RSA", "n": "AQAB", "e": "AQAB"},
		"X25519":           {"kty": "OKP", "crv": "X25519", "x": strings.Repeat("A", 43)},
		"AKP without alg":  edited(akp, object{"alg": nil}),
		"AKP of other alg": edited(akp, object{"alg": MLDSA65}),
		"AKP of ES256":     edited(akp, object{"alg": ES256}),
		"AKP without pub":  edited(akp, object{"pub": nil}),
		"AKP padded":       edited(akp, object{"pub": akp["pub"].(string) + "="}),
		"AKP private":      edited(akp, object{"priv": strings.Repeat("A", 43)}),
	} {
		k, err := ParseKey(marshal(t, jwk))
		if err == nil {
			t.Errorf("%s: %v", name, k)
		}
		wantError(t, err, ErrKey)
	}
	_, err := ParseKey([]byte(`{"kty":"EC","kty":"OKP"}`))
	wantError(t, err, ErrKey)
}

// TestKeyOfRFC9964 makes the example key of RFC 9964, which has a private key
// of zeros: its thumbprint (RFC 7638, with the members of section 6 there) is
// in the text.
func TestKeyOfRFC9964(t *testing.T) {
	key, err := mldsa.NewPrivateKey(mldsa.MLDSA44(), make([]byte, mldsa.PrivateKeySize))
	must(t, key, err)
	pub := base64.RawURLEncoding.EncodeToString(key.PublicKey().Bytes())
	sum := sha256.Sum256(fmt.Appendf(nil, `{"alg":"ML-DSA-44","kty":"AKP","pub":%q}`, pub))
	if got := base64.RawURLEncoding.EncodeToString(sum[:]); got != "T4xl70S7MT6Zeq6r9V9fPJGVn76wfnXJ21-gyo0Gu6o" {
		t.Errorf("thumbprint %s, pub %.60s", got, pub)
	}
}

// TestLibraryAgrees: what is signed here is what go-jose verifies by itself,
// and the other way round.
func TestLibraryAgrees(t *testing.T) {
	keys := signers(t)
	document := marshal(t, credentialObject())
	for _, name := range []string{ES256, ES384, ES512, EdDSA} {
		algorithm := gojose.SignatureAlgorithm(name)
		token, err := Sign(document, signing(Credential, name, keys[name]))
		must(t, token, err)
		parsed, err := gojose.ParseSignedCompact(string(token), []gojose.SignatureAlgorithm{algorithm})
		must(t, parsed, err)
		payload, err := parsed.Verify(keys[name].Public())
		must(t, payload, err)
		signer, err := gojose.NewSigner(gojose.SigningKey{Algorithm: algorithm, Key: keys[name]}, (&gojose.SignerOptions{}).WithType("vc+jwt").WithHeader("kid", testKeyID))
		must(t, signer, err)
		signed, err := signer.Sign(document)
		must(t, signed, err)
		text, err := signed.CompactSerialize()
		must(t, text, err)
		v, err := Verify([]byte(text), keys[name].Public(), expecting(Credential, name))
		must(t, v, err)
	}
}
