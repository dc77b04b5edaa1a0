package cose

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"errors"
	"testing"

	"github.com/fxamacker/cbor/v2"
	gocose "github.com/veraison/go-cose"

	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/proof/jose"
)

// fuzzKey is the same in each process, so that what one has signed verifies in
// another.
func fuzzKey(t testing.TB) crypto.Signer {
	t.Helper()
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), bytes.Repeat([]byte{7}, 32))
	return must(t, key, err)
}

// wantKind wants err to be of a documented kind.
func wantKind(t *testing.T, err error) {
	t.Helper()
	for _, kind := range []error{
		jose.ErrMalformed, jose.ErrType, jose.ErrAlgorithm, jose.ErrKey, jose.ErrKeyID, jose.ErrCritical, jose.ErrSignature,
		jose.ErrTime, jose.ErrClaim, credential.ErrInvalid,
	} {
		if errors.Is(err, kind) {
			return
		}
	}
	t.Fatalf("an error of no kind: %v", err)
}

// FuzzPeek: what is read is written the same way again.
func FuzzPeek(f *testing.F) {
	key := fuzzKey(f)
	for _, kind := range []jose.Kind{jose.Credential, jose.Presentation} {
		f.Add(signed(f, kind, key))
	}
	f.Add(forge(f, encode(f, map[any]any{int64(1): int64(-7), int64(2): []any{int64(1)}}), []byte{0xa0}, []byte(`{}`), key))
	f.Fuzz(func(t *testing.T, data []byte) {
		u, err := Peek(data)
		if err != nil {
			wantKind(t, err)
			return
		}
		var m gocose.Sign1Message
		if err := m.UnmarshalCBOR(data); err != nil || !bytes.Equal(m.Payload, u.Document) {
			t.Fatalf("%x has the payload %q, %v", data, u.Document, err)
		}
		again, err := m.MarshalCBOR()
		if err != nil || !bytes.Equal(again, data) {
			t.Errorf("%x is written as %x, %v", data, again, err)
		}
		v, err := Verify(data, key.Public(), expecting(jose.Credential, jose.ES256))
		switch {
		case err != nil:
			wantKind(t, err)
		case v.Signer != testIssuer:
			t.Errorf("%x is by %q", data, v.Signer)
		}
	})
}

// FuzzVerify signs any headers and payload, so that what follows the signature
// is reached: what is accepted says in its protected header what it is, and by
// which algorithm it was signed.
func FuzzVerify(f *testing.F) {
	key := fuzzKey(f)
	document, _ := documentOf(jose.Credential)
	payload, header := marshal(f, document), goodHeader()
	f.Add(encode(f, map[any]any(header)), []byte{0xa0}, payload)
	header[int64(15)] = map[any]any{int64(1): testIssuer, int64(4): testNow.Unix() + 1, int64(7): []byte{1}}
	f.Add(encode(f, map[any]any(header)), encode(f, map[any]any{"note": 1}), payload)
	header[int64(2)] = []any{int64(16), "note"}
	f.Add(encode(f, map[any]any(header)), []byte{0xa0}, payload)
	f.Add([]byte{}, encode(f, map[any]any{int64(1): int64(-7)}), payload)
	f.Fuzz(func(t *testing.T, protected, unprotected, payload []byte) {
		v, err := Verify(forge(t, protected, unprotected, payload, key), key.Public(), expecting(jose.Credential, jose.ES256))
		if err != nil {
			wantKind(t, err)
			return
		}
		var h map[any]any
		if err := intDecoder(t).Unmarshal(protected, &h); err != nil {
			t.Fatal(err)
		}
		if h[int64(1)] != int64(-7) || h[int64(16)] != v.Type || v.Signer != testIssuer || v.KeyID != testKeyID || !bytes.Equal(v.Document, payload) {
			t.Errorf("%x is accepted as %+v", protected, v)
		}
		if critical, _ := h[int64(2)].([]any); h[int64(2)] != nil && len(critical) == 0 {
			t.Errorf("crit is %v, and is accepted", h[int64(2)])
		}
	})
}

// intDecoder reads numbers as the library of COSE does.
func intDecoder(t *testing.T) cbor.DecMode {
	t.Helper()
	mode, err := cbor.DecOptions{IntDec: cbor.IntDecConvertSignedOrFail}.DecMode()
	return must(t, mode, err)
}

func BenchmarkVerify(b *testing.B) {
	for name, key := range signers(b) {
		b.Run(name, func(b *testing.B) {
			message, public, e := signed(b, jose.Credential, key), key.Public(), expecting(jose.Credential, name)
			for b.Loop() {
				if _, err := Verify(message, public, e); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSign(b *testing.B) {
	document, _ := documentOf(jose.Credential)
	data := marshal(b, document)
	for name, key := range signers(b) {
		b.Run(name, func(b *testing.B) {
			s := signing(jose.Credential, key)
			for b.Loop() {
				if _, err := Sign(data, s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
