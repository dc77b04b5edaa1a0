package vault

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/issuer/secret"
	"github.com/chancery-vc/chancery/issuer/secret/vault"
)

// TestPassword: a password that is changed is had at once, and one that is not
// there, was deleted or was destroyed is none.
func TestPassword(t *testing.T) {
	s := start(t)
	a := s.issuer(nil)
	a.password("", vault.ErrNone)
	for _, next := range []string{"canary", "canary with \"quotes\", ümlauts and\nlines"} {
		s.put("civil/db", object{"password": next, "port": 5432})
		a.password(next, nil)
	}
	for _, field := range []string{"port", "user"} {
		if _, err := a.KV(t.Context(), "secret", "civil/db", field); !errors.Is(err, vault.ErrNone) || !strings.Contains(err.Error(), field) {
			t.Errorf("%s: %v", field, err)
		}
	}
	s.do(http.MethodDelete, "secret/data/civil/db", nil)
	a.password("", vault.ErrNone)
	s.do(http.MethodPost, "secret/undelete/civil/db", object{"versions": []int{2}})
	a.password("canary with \"quotes\", ümlauts and\nlines", nil)
	s.do(http.MethodPut, "secret/destroy/civil/db", object{"versions": []int{2}})
	a.password("", vault.ErrNone)
	s.put("civil/db", object{"password": "canary again"})
	a.password("canary again", nil)
	s.do(http.MethodPost, "sys/mounts/old", object{"type": "kv", "options": object{"version": "1"}})
	s.do(http.MethodPost, "old/civil/db", object{"password": "canary"})
	if got, err := s.as(vault.Token(reads(s.root))).KV(t.Context(), "old", "civil/db", "password"); !errors.Is(err, vault.ErrNone) {
		t.Errorf("version 1 of the engine: got %q, %v", got, err)
	}
}

// signed has a key sign, and verifies that.
func signed(t *testing.T, k *vault.TransitKey) error {
	t.Helper()
	message := []byte("message")
	digest := sha256.Sum256(message)
	switch public := k.Public.(type) {
	case ed25519.PublicKey:
		signature, err := k.Sign(t.Context(), message)
		if err == nil && !ed25519.Verify(public, message, signature) {
			t.Errorf("not a signature: %x", signature)
		}
		return err
	case *ecdsa.PublicKey:
		signature, err := k.Sign(t.Context(), digest[:])
		if err == nil && !ecdsa.VerifyASN1(public, digest[:], signature) {
			t.Errorf("not a signature: %x", signature)
		}
		return err
	}
	t.Fatalf("a key of %T", k.Public)
	return nil
}

// TestRotatedKey: a key of either kind signs as the version that it was opened
// as, also after it was rotated, until that version may not sign any more.
func TestRotatedKey(t *testing.T) {
	for _, kind := range []string{"ed25519", "ecdsa-p256"} {
		t.Run(kind, func(t *testing.T) {
			s := start(t)
			s.key("issuer", kind)
			a := s.issuer(nil)
			first, err := a.TransitKey(t.Context(), "transit", "issuer", 0)
			must(t, err)
			must(t, signed(t, first))
			s.do(http.MethodPost, "transit/keys/issuer/rotate", nil)
			must(t, signed(t, first))
			newest, err := a.TransitKey(t.Context(), "transit", "issuer", 0)
			must(t, err)
			must(t, signed(t, newest))
			again, err := a.TransitKey(t.Context(), "transit", "issuer", 1)
			must(t, err)
			equal := func(a, b crypto.PublicKey) bool {
				return a.(interface{ Equal(crypto.PublicKey) bool }).Equal(b)
			}
			if equal(first.Public, newest.Public) || !equal(first.Public, again.Public) {
				t.Error("versions are mixed up")
			}
			if _, err := a.TransitKey(t.Context(), "transit", "issuer", 3); !errors.Is(err, vault.ErrNone) {
				t.Errorf("a version that is not there: %v", err)
			}
			s.do(http.MethodPost, "transit/keys/issuer/config", object{"min_decryption_version": 2, "min_encryption_version": 2})
			if err := signed(t, first); !errors.Is(err, vault.ErrUnavailable) { // it answers with 500
				t.Errorf("a version that may not sign: %v", err)
			}
			if _, err := a.TransitKey(t.Context(), "transit", "issuer", 1); !errors.Is(err, vault.ErrNone) {
				t.Errorf("a version that was archived: %v", err)
			}
			must(t, signed(t, newest))
		})
	}
}

// TestDeletedKey: a key that was deleted, or that is of a type that cannot sign
// here, is refused and said to be that.
func TestDeletedKey(t *testing.T) {
	s := start(t)
	a := s.as(vault.Token(reads(s.root)))
	s.key("issuer", "ed25519")
	k, err := a.TransitKey(t.Context(), "transit", "issuer", 0)
	must(t, err)
	s.do(http.MethodPost, "transit/keys/issuer/config", object{"deletion_allowed": true})
	s.do(http.MethodDelete, "transit/keys/issuer", nil)
	if err := signed(t, k); !errors.Is(err, vault.ErrDenied) {
		t.Errorf("a deleted key signs: %v", err)
	}
	if _, err := a.TransitKey(t.Context(), "transit", "issuer", 0); !errors.Is(err, vault.ErrNone) {
		t.Errorf("a deleted key: %v", err)
	}
	for _, kind := range []string{"rsa-2048", "ecdsa-p384", "aes256-gcm96"} {
		s.key(kind, kind)
		if _, err := a.TransitKey(t.Context(), "transit", kind, 0); !errors.Is(err, vault.ErrAnswer) || !strings.Contains(err.Error(), kind) {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

// TestOpen: references lead to keys that sign and verify, and while the server is
// sealed they are away.
func TestOpen(t *testing.T) {
	s := start(t)
	s.key("issuer", "ed25519")
	s.key("selective", "ecdsa-p256")
	store := secret.New(t.TempDir(), secret.Environment{})
	store.UseVault(s.as(vault.Token(reads(s.root))).Client)
	for text, kind := range map[string]key.Kind{"vault:transit/transit/issuer": key.Ed25519, "vault:transit/transit/selective?version=1": key.P256} {
		reference, err := secret.Parse(text)
		must(t, err)
		signer, err := key.Open(t.Context(), store, reference, kind)
		must(t, err)
		if err := key.Test(signer); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		s.seal()
		if err := key.Test(signer); !errors.Is(err, key.ErrUnavailable) {
			t.Errorf("%s while it is sealed: %v", text, err)
		}
		s.open()
		if err := errors.Join(key.Test(signer), key.Close(signer)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}
