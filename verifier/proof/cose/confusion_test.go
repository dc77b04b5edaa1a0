package cose

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"slices"
	"testing"

	"github.com/chancery-vc/chancery/verifier/proof/jose"
)

// TestPublicKeyAsSecret: a MAC keyed by the public key's bytes, in the forms in
// which others have them, as a signature and as the message that a MAC is
// (RFC 9052, section 6.2).
func TestPublicKeyAsSecret(t *testing.T) {
	key := signers(t)[jose.ES256]
	document, _ := documentOf(jose.Credential)
	payload := marshal(t, document)
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	must(t, der, err)
	point, err := key.Public().(*ecdsa.PublicKey).Bytes()
	must(t, point, err)
	for _, secret := range [][]byte{der, point} {
		for _, algorithm := range []int64{5, -7} {
			h := goodHeader()
			h[int64(1)] = algorithm
			protected := encode(t, map[any]any(h))
			for _, c := range []struct {
				tag     byte
				context string
			}{{0xd2, "Signature1"}, {0xd1, "MAC0"}} {
				toSign := slices.Concat([]byte{0x84}, text(3, []byte(c.context)), text(2, protected), []byte{0x40}, text(2, payload))
				mac := hmac.New(sha256.New, secret)
				mac.Write(toSign)
				message := slices.Concat([]byte{c.tag, 0x84}, text(2, protected), []byte{0xa0}, text(2, payload), text(2, mac.Sum(nil)))
				v, err := Verify(message, key.Public(), expecting(jose.Credential, jose.Recommended()...))
				if !errors.Is(err, jose.ErrAlgorithm) && !errors.Is(err, jose.ErrSignature) && !errors.Is(err, jose.ErrMalformed) || v != nil {
					t.Errorf("%s, alg %d: got %v, %v", c.context, algorithm, v, err)
				}
			}
		}
	}
}

// TestOtherContexts: what was signed to be something else than a COSE_Sign1
// does not verify as one (RFC 9052, section 4.4), nor what was signed with data
// that is not in it.
func TestOtherContexts(t *testing.T) {
	key := signers(t)[jose.EdDSA]
	h := goodHeader()
	h[int64(1)] = int64(-8)
	document, _ := documentOf(jose.Credential)
	protected, payload := encode(t, map[any]any(h)), marshal(t, document)
	structure := func(context string, external []byte) []byte {
		return slices.Concat([]byte{0x84}, text(3, []byte(context)), text(2, protected), text(2, external), text(2, payload))
	}
	for name, c := range map[string]struct {
		signed []byte
		want   error
	}{
		"as it should be":             {structure("Signature1", nil), nil},
		"of one among signatures":     {slices.Concat([]byte{0x85}, text(3, []byte("Signature")), text(2, protected), text(2, nil), text(2, nil), text(2, payload)), jose.ErrSignature},
		"of a counter signature":      {structure("CounterSignature", nil), jose.ErrSignature},
		"of a MAC":                    {structure("MAC0", nil), jose.ErrSignature},
		"with external data":          {structure("Signature1", []byte("x")), jose.ErrSignature},
		"over the payload alone":      {payload, jose.ErrSignature},
		"without the header":          {sigStructure(nil, payload), jose.ErrSignature},
		"over the header as a map":    {slices.Concat([]byte{0x84}, text(3, []byte("Signature1")), protected, []byte{0x40}, text(2, payload)), jose.ErrSignature},
		"over the payload, unlabeled": {slices.Concat([]byte{0x83}, text(2, protected), []byte{0x40}, text(2, payload)), jose.ErrSignature},
	} {
		signature, err := key.Sign(rand.Reader, c.signed, crypto.Hash(0))
		must(t, signature, err)
		message := slices.Concat([]byte{0xd2, 0x84}, text(2, protected), []byte{0xa0}, text(2, payload), text(2, signature))
		v, err := Verify(message, key.Public(), expecting(jose.Credential, jose.EdDSA))
		if !errors.Is(err, c.want) || (v == nil) != (c.want != nil) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestKeys(t *testing.T) {
	key := signers(t)[jose.EdDSA]
	message := signed(t, jose.Credential, key)
	p224, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	must(t, p224, err)
	for name, public := range map[string]any{
		"nil":          nil,
		"short":        ed25519.PublicKey{1, 2, 3},
		"bytes":        []byte(key.Public().(ed25519.PublicKey)),
		"private":      key,
		"P-224":        p224.Public(),
		"no key":       (*ecdsa.PublicKey)(nil),
		"another type": signers(t)[jose.ES256].Public(),
	} {
		v, err := Verify(message, public, expecting(jose.Credential, jose.Recommended()...))
		if !errors.Is(err, jose.ErrKey) || v != nil {
			t.Errorf("%s: got %v, %v", name, v, err)
		}
	}
	_, err = Verify(message, signers(t)[jose.EdDSA].Public(), expecting(jose.Credential, jose.EdDSA))
	wantError(t, err, jose.ErrSignature)
}

// TestSignaturesThatAreNone: numbers that no signature has, and those of a good
// one that are written otherwise.
func TestSignaturesThatAreNone(t *testing.T) {
	for name, curve := range map[string]elliptic.Curve{jose.ES256: elliptic.P256(), jose.ES384: elliptic.P384(), jose.ES512: elliptic.P521()} {
		key := signers(t)[name]
		good := signed(t, jose.Credential, key)
		size := (curve.Params().BitSize + 7) / 8
		start := len(good) - 2*size
		r, s := good[start:start+size], good[start+size:]
		order := curve.Params().N.FillBytes(make([]byte, size))
		zero, ones := make([]byte, size), bytes.Repeat([]byte{0xff}, size)
		for what, signature := range map[string][]byte{
			"zeros": append(zero, zero...), "r is zero": slices.Concat(zero, s), "s is zero": slices.Concat(r, zero),
			"r is the order": slices.Concat(order, s), "s is the order": slices.Concat(r, order),
			"r above the order": slices.Concat(ones, s), "s above the order": slices.Concat(r, ones), "r and s exchanged": slices.Concat(s, r),
		} {
			v, err := Verify(slices.Concat(good[:start], signature), key.Public(), expecting(jose.Credential, name))
			if !errors.Is(err, jose.ErrSignature) || v != nil {
				t.Errorf("%s, %s: got %v, %v", name, what, v, err)
			}
		}
		if _, err := Verify(good, key.Public(), expecting(jose.Credential, name)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
