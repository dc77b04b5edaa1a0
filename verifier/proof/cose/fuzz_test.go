package cose

import (
	"bytes"
	"testing"

	gocose "github.com/veraison/go-cose"

	"github.com/chancery-vc/chancery/verifier/proof/jose"
)

// FuzzPeek: what is read is written the same way again.
func FuzzPeek(f *testing.F) {
	key := signers(f)[jose.ES256]
	for _, kind := range []jose.Kind{jose.Credential, jose.Presentation} {
		f.Add(signed(f, kind, key))
	}
	f.Add(forge(f, encode(f, map[any]any{int64(1): int64(-7), int64(2): []any{int64(1)}}), []byte{0xa0}, []byte(`{}`), key))
	f.Fuzz(func(t *testing.T, data []byte) {
		u, err := Peek(data)
		if err != nil {
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
		if v, err := Verify(data, key.Public(), expecting(jose.Credential, jose.ES256)); err == nil && v.Signer != testIssuer {
			t.Errorf("%x is by %q", data, v.Signer)
		}
	})
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
