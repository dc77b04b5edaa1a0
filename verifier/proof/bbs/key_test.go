package bbs

import (
	"bytes"
	"context"
	"crypto"
	"crypto/rand"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/proof"
)

func TestPrivateKey(t *testing.T) {
	key, other := newKey(t), newKey(t)
	again, err := ParsePrivateKey(key.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if !key.Equal(again) || key.Equal(other) || key.Equal(nil) || key.Equal(key.Bytes()) {
		t.Error("a key is equal to what is not the same")
	}
	if public := key.Public().(interface{ Equal(crypto.PublicKey) bool }); !public.Equal(again.Public()) || public.Equal(other.Public()) {
		t.Error("its public key is not its own")
	}
	if _, err := key.Sign(rand.Reader, make([]byte, 32), crypto.SHA256); !errors.Is(err, proof.ErrKey) {
		t.Errorf("a digest is signed: %v", err)
	}
}

func TestPrivateKeyRefuses(t *testing.T) {
	for name, raw := range map[string][]byte{
		"nothing": nil, "a byte less": make([]byte, 31), "zero": make([]byte, 32), "above the order": bytes.Repeat([]byte{0xff}, 32),
	} {
		if key, err := ParsePrivateKey(raw); !errors.Is(err, proof.ErrKey) || key != nil {
			t.Errorf("%s: got %v, %v", name, key, err)
		}
	}
	if key, err := GenerateKey(io.LimitReader(rand.Reader, 31)); !errors.Is(err, io.ErrUnexpectedEOF) || key != nil {
		t.Errorf("got %v, %v", key, err)
	}
}

// TestDIDKey: a did:key stands for the key, for assertions.
func TestDIDKey(t *testing.T) {
	key := newKey(t)
	id, method, err := did.FromKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	controller, err := did.Key{}.Resolve(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	resolved, err := controller.KeyAt(method, proof.AssertionMethod, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	i := issue(t, document, mandatory, Baseline)
	if i.value, err = i.suite.Sign(t.Context(), i.in, key); err != nil {
		t.Fatal(err)
	}
	i.key = key
	s := i.show(t, "/name")
	if err := (BBS2023{}).Verify(t.Context(), s.part, resolved, s.value); err != nil {
		t.Error(err)
	}
}

// TestVectorsDIDKey: the did:key of the vectors' proofs is of their key.
func TestVectorsDIDKey(t *testing.T) {
	onEachVector(t, func(t *testing.T, v vector) {
		signed := load[struct {
			Proof struct {
				Method string `json:"verificationMethod"`
			} `json:"proof"`
		}](t, v.folder+"addSignedSDBase.json")
		if _, method, err := did.FromKey(vectorKey(t).Public()); err != nil || method != signed.Proof.Method {
			t.Errorf("got %s, %v", method, err)
		}
	})
}
