package multikey

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"filippo.io/mldsa"
	"github.com/multiformats/go-multibase"
	"github.com/multiformats/go-varint"

	"github.com/chancery-vc/chancery/internal/testdata"
)

// TestVectorsKeyPair round-trips the key pair of the EdDSA cryptosuite's test vectors.
func TestVectorsKeyPair(t *testing.T) {
	var pair struct {
		Public  string `json:"publicKeyMultibase"`
		Private string `json:"privateKeyMultibase"`
	}
	if err := json.Unmarshal(testdata.Read(t, "vectors/vc-di-eddsa/TestVectors/keyPair.json"), &pair); err != nil {
		t.Fatal(err)
	}
	_, secret, err := multibase.Decode(pair.Private)
	if err != nil {
		t.Fatal(err)
	}
	public := ed25519.NewKeyFromSeed(secret[2:]).Public()
	if got, err := Encode(public); err != nil || got != pair.Public {
		t.Errorf("Encode: got %s, %v, want %s", got, err, pair.Public)
	}
	got, err := FromDID(DIDPrefix + pair.Public)
	if err != nil || !got.(ed25519.PublicKey).Equal(public) {
		t.Errorf("FromDID: got %v, %v", got, err)
	}
}

func TestDID(t *testing.T) {
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id, method, err := DID(public)
	if err != nil {
		t.Fatal(err)
	}
	before, fragment, _ := strings.Cut(method, "#")
	if before != id || DIDPrefix+fragment != id {
		t.Errorf("method %s does not belong to %s", method, id)
	}
}

func TestDecodeRefuses(t *testing.T) {
	encode := func(base multibase.Encoding, data ...byte) string {
		text, err := multibase.Encode(base, data)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	key := make([]byte, ed25519.PublicKeySize)
	lattice := append([]byte{0x90, 0x24}, make([]byte, mldsa.MLDSA44PublicKeySize)...)
	good := encode(multibase.Base64url, lattice...)
	if _, err := Decode(good); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"empty":          "",
		"other base":     encode(multibase.Base64url, append([]byte{0xed, 1}, key...)...),
		"not base58":     "z0OIl",
		"no number":      "z",
		"other codec":    encode(multibase.Base58BTC, append([]byte{0xef, 1}, key...)...),
		"short key":      encode(multibase.Base58BTC, append([]byte{0xed, 1}, key[1:]...)...),
		"long key":       encode(multibase.Base58BTC, append([]byte{0xed, 1, 0}, key...)...),
		"padded number":  encode(multibase.Base58BTC, append([]byte{0xed, 0x81, 0}, key...)...),
		"very long text": "z" + strings.Repeat("2", maxBase58),

		"ML-DSA, other base":        encode(multibase.Base58BTC, lattice...),
		"ML-DSA, padded base":       encode(multibase.Base64urlPad, append(lattice, 0)...),
		"ML-DSA, a byte less":       encode(multibase.Base64url, lattice[:len(lattice)-1]...),
		"ML-DSA, a byte more":       encode(multibase.Base64url, append(lattice, 0)...),
		"ML-DSA, other set":         encode(multibase.Base64url, append([]byte{0x91}, lattice[1:]...)...),
		"ML-DSA, a line break":      good[:100] + "\n" + good[100:],
		"ML-DSA, a character less":  good[:len(good)-1],
		"base64url, very long text": "u" + strings.Repeat("A", maxBase64URL),
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := Decode(value); !errors.Is(err, ErrInvalid) {
				t.Errorf("got %v, %v", got, err)
			}
		})
	}
}

// TestOneTextForAKey: of two texts that a decoder of base64url reads as the
// same bytes, one is a key's.
func TestOneTextForAKey(t *testing.T) {
	for _, text := range []string{"ukCR", "ukC\nQ", "ukCQ\r", "u_B"} {
		if base, data, err := decodeBase(text); !errors.Is(err, ErrInvalid) {
			t.Errorf("%q: got %v, %x, %v", text, base, data, err)
		}
	}
	if base, data, err := decodeBase("ukCQ"); err != nil || base != base64URL || len(data) != 2 {
		t.Errorf("got %v, %x, %v", base, data, err)
	}
}

// TestLongerKeysAreTold: a key that is not known is no malformed one, so that
// a document can list it beside others.
func TestLongerKeysAreTold(t *testing.T) {
	for code, size := range map[uint64]int{0x1211: mldsa.MLDSA65PublicKeySize, 0x1212: mldsa.MLDSA87PublicKeySize, 0x1220: 32} {
		value, err := multibase.Encode(multibase.Base64url, append(varint.ToUvarint(code), make([]byte, size)...))
		if err != nil {
			t.Fatal(err)
		}
		if key, err := Decode(value); !errors.Is(err, ErrUnsupported) {
			t.Errorf("%#x: got %v, %v", code, key, err)
		}
	}
}

func TestUnsupported(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := Encode(key.Public()); !errors.Is(err, ErrInvalid) {
		t.Errorf("Encode: got %s, %v", got, err)
	}
	if got, err := FromDID("did:web:example.org"); !errors.Is(err, ErrInvalid) {
		t.Errorf("FromDID: got %v, %v", got, err)
	}
}
