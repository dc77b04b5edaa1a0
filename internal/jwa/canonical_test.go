package jwa

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha512"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"slices"
	"strings"
	"testing"

	"filippo.io/mldsa"
)

// TestSignaturesThatAreNone: numbers that no signature has, and those of a good
// one that are written otherwise. Each would be another text for a token.
func TestSignaturesThatAreNone(t *testing.T) {
	p := every()
	for name, curve := range map[string]elliptic.Curve{ES256: elliptic.P256(), ES384: elliptic.P384(), ES512: elliptic.P521()} {
		signer := newSigner(t, name)
		input, good := parts(t, p, signer)
		size := len(good) / 2
		r, s := good[:size], good[size:]
		order := curve.Params().N.FillBytes(make([]byte, size))
		zero, ones := make([]byte, size), bytes.Repeat([]byte{0xff}, size)
		der, err := asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(r), new(big.Int).SetBytes(s)})
		if err != nil {
			t.Fatal(err)
		}
		for what, signature := range map[string][]byte{
			"zeros": append(zero, zero...), "r is zero": slices.Concat(zero, s), "s is zero": slices.Concat(r, zero),
			"r is the order": slices.Concat(order, s), "s is the order": slices.Concat(r, order),
			"r above the order": slices.Concat(ones, s), "s above the order": slices.Concat(r, ones),
			"r and s exchanged": slices.Concat(s, r), "in DER": der,
			"a zero before each": slices.Concat([]byte{0}, r, []byte{0}, s), "a byte less": good[:2*size-1], "a byte more": append(slices.Clone(good), 0),
			"twice": slices.Concat(good, good),
		} {
			wantError(t, name+", "+what, p.Verify(input+text(signature), name, signer.Key.Public()), errSignature)
		}
		if err := p.Verify(input+text(good), name, signer.Key.Public()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// parts returns a token without its signature, and the signature.
func parts(t *testing.T, p *Profile, signer Signer) (input string, signature []byte) {
	t.Helper()
	token, err := p.SignToken(signer, nil, []byte("payload"))
	if err != nil {
		t.Fatal(err)
	}
	end := strings.LastIndex(token, ".") + 1
	signature, err = base64.RawURLEncoding.DecodeString(token[end:])
	if err != nil {
		t.Fatal(err)
	}
	return token[:end], signature
}

func text(signature []byte) string { return base64.RawURLEncoding.EncodeToString(signature) }

// order25519 is L of RFC 8032, section 5.1.
var order25519, _ = new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)

// TestEdwardsSignatureWrittenTwice: S and S+L are the same number to who does
// not look: RFC 8032, section 8.4.
func TestEdwardsSignatureWrittenTwice(t *testing.T) {
	p := every()
	for _, name := range []string{EdDSA, Ed25519} {
		signer := newSigner(t, name)
		input, good := parts(t, p, signer)
		littleEndian := slices.Clone(good[32:])
		slices.Reverse(littleEndian)
		s := new(big.Int).SetBytes(littleEndian)
		again := s.Add(s, order25519).FillBytes(make([]byte, 32))
		slices.Reverse(again)
		wantError(t, name, p.Verify(input+text(slices.Concat(good[:32], again)), name, signer.Key.Public()), errSignature)
	}
}

// TestLatticeSignatures: ML-DSA is over the message itself, with an empty
// context (RFC 9964, section 4): what is signed otherwise is not taken.
func TestLatticeSignatures(t *testing.T) {
	p := every()
	for _, name := range []string{MLDSA44, MLDSA65, MLDSA87} {
		signer := newSigner(t, name)
		input, good := parts(t, p, signer)
		private := signer.Key.(*mldsa.PrivateKey)
		message := []byte(strings.TrimSuffix(input, "."))
		digest := sha512.Sum512(message)
		bound, err := private.Sign(nil, message, &mldsa.Options{Context: "x"})
		if err != nil {
			t.Fatal(err)
		}
		hashed, err := private.Sign(nil, digest[:], crypto.Hash(0))
		if err != nil {
			t.Fatal(err)
		}
		for what, signature := range map[string][]byte{
			"a context": bound, "of a digest": hashed, "a byte less": good[:len(good)-1], "a byte more": append(slices.Clone(good), 0),
			"zeros": make([]byte, len(good)), "more hints than there are": hints(good),
		} {
			wantError(t, name+", "+what, p.Verify(input+text(signature), name, signer.Key.Public()), errSignature)
		}
		if err := p.Verify(input+text(good), name, signer.Key.Public()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// hints returns a signature whose hints, which are at its end, say more than
// there can be: FIPS 204, algorithm 21.
func hints(signature []byte) []byte {
	signature = slices.Clone(signature)
	signature[len(signature)-1] = 0xff
	return signature
}

// TestKeysWrittenOtherwise: a key has one text, and is a point that somebody
// can have the private key of.
func TestKeysWrittenOtherwise(t *testing.T) {
	public := newSigner(t, EdDSA).Key.Public().(ed25519.PublicKey)
	point, err := newSigner(t, ES256).Key.Public().(*ecdsa.PublicKey).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	x, y := text(point[1:33]), text(point[33:])
	edwards := func(x string) map[string]any { return map[string]any{"kty": "OKP", "crv": "Ed25519", "x": x} }
	weierstrass := func(x, y string) map[string]any {
		return map[string]any{"kty": "EC", "crv": "P-256", "x": x, "y": y}
	}
	for name, members := range map[string]map[string]any{
		"a line break":                  edwards(text(public)[:9] + "\n" + text(public)[9:]),
		"a line break at the end":       edwards(text(public) + "\r\n"),
		"padded":                        edwards(text(public) + "="),
		"bits that are left":            edwards(loose(text(public))),
		"a byte less":                   edwards(text(public[:31])),
		"a byte more":                   edwards(text(append(slices.Clone(public), 0))),
		"the neutral point":             edwards(text(append([]byte{1}, make([]byte, 31)...))),
		"a point of order 4":            edwards(text(make([]byte, 32))),
		"of the curve, a line break":    weierstrass(x[:9]+"\n"+x[9:], y),
		"of the curve, bits are left":   weierstrass(x, loose(y)),
		"of the curve, a zero before":   weierstrass(text(append([]byte{0}, point[1:33]...)), y),
		"of the curve, no y":            weierstrass(x, ""),
		"of the curve, y of another":    weierstrass(x, x),
		"of the curve, infinity":        weierstrass(text(make([]byte, 32)), text(make([]byte, 32))),
		"of the curve, above its field": weierstrass(text(bytes.Repeat([]byte{0xff}, 32)), y),
		"of another curve by name":      {"kty": "EC", "crv": "P-384", "x": x, "y": y},
		"of another type by name":       {"kty": "OKP", "crv": "P-256", "x": x, "y": y},
	} {
		_, _, err := every().ParseKey(members, jsonOf(t, members))
		wantError(t, name, err, errKey)
	}
	for _, members := range []map[string]any{edwards(text(public)), weierstrass(x, y)} {
		if _, _, err := every().ParseKey(members, jsonOf(t, members)); err != nil {
			t.Error(err)
		}
	}
}

// loose sets the lowest bit of the last letter, which 32 bytes leave over.
func loose(text string) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := len(text) - 1
	return text[:last] + string(letters[strings.IndexByte(letters, text[last])|1])
}

func jsonOf(t *testing.T, members map[string]any) []byte {
	t.Helper()
	data, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
