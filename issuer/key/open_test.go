package key_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/secretfile"
	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/issuer/secret"
	"github.com/chancery-vc/chancery/issuer/secret/vault"
	"github.com/chancery-vc/chancery/issuer/secret/vaulttest"
)

// keys is a folder with a key of each kind, and a Vault.
type keys struct {
	*secret.Store
	dir    string
	env    map[string]string
	server *vaulttest.Server
}

func newKeys(t *testing.T) keys {
	t.Helper()
	k := keys{dir: t.TempDir(), env: map[string]string{}}
	k.env["CREDENTIALS_DIRECTORY"] = k.dir
	for name, create := range map[string]func(string, io.Reader) (crypto.Signer, error){"ed.key": key.Create, "p256.key": key.CreateP256} {
		if _, err := create(filepath.Join(k.dir, name), rand.Reader); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(k.dir, name))
		if err != nil {
			t.Fatal(err)
		}
		k.env[strings.ToUpper(strings.TrimSuffix(name, ".key"))] = string(text)
	}
	k.server = vaulttest.Start(t, time.Now)
	k.server.AddKey("issuer", "ed25519")
	k.server.AddKey("issuer", "ed25519")
	k.server.AddKey("selective", "ecdsa-p256")
	k.server.Put("issuer", map[string]any{"key": k.env["ED"]})
	k.Store = secret.New(k.dir, secret.Environment{Lookup: func(name string) (string, bool) { value, ok := k.env[name]; return value, ok }})
	login := vault.AppRole("approle", vaulttest.RoleID, func(context.Context) (string, error) { return vaulttest.SecretID, nil })
	client, err := vault.New(vault.Options{Address: k.server.URL, Roots: k.server.Roots(), Login: login, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	k.UseVault(client)
	return k
}

func (k keys) open(t *testing.T, text string, kind key.Kind) (crypto.Signer, error) {
	t.Helper()
	r, err := secret.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return key.Open(t.Context(), k.Store, r, kind)
}

func TestOpen(t *testing.T) {
	k := newKeys(t)
	for text, kind := range map[string]key.Kind{
		"ed.key": key.Ed25519, "p256.key": key.P256, "file:ed.key": key.Ed25519, "systemd:ed.key": key.Ed25519, "systemd:p256.key": key.P256,
		"env:ED": key.Ed25519, "env:P256": key.P256, "vault:kv/secret/issuer#key": key.Ed25519,
		"vault:transit/transit/issuer": key.Ed25519, "vault:transit/transit/issuer?version=1": key.Ed25519, "vault:transit/transit/selective": key.P256,
	} {
		signer, err := k.open(t, text, kind)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if err := errors.Join(key.Test(signer), key.Close(signer)); err != nil || key.KindOf(signer.Public()) != kind {
			t.Errorf("%s: %v, a %s", text, err, key.KindOf(signer.Public()))
		}
		other := map[key.Kind]key.Kind{key.Ed25519: key.P256, key.P256: key.Ed25519}[kind]
		if signer, err := k.open(t, text, other); signer != nil || !errors.Is(err, key.ErrInvalid) {
			t.Errorf("%s as %s: %v", text, other, err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	k := newKeys(t)
	k.env["CANARY"] = "canary"
	if err := os.Chmod(filepath.Join(k.dir, "p256.key"), 0o644); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]error{
		"none.key": os.ErrNotExist, "p256.key": secretfile.ErrMode, "env:CANARY": key.ErrInvalid, "env:NONE": secret.ErrReference,
		"vault:kv/secret/none#key": vault.ErrNone, "vault:transit/transit/none": vault.ErrNone, "vault:transit/transit/issuer?version=3": vault.ErrNone,
	} {
		if signer, err := k.open(t, text, key.Ed25519); signer != nil || !errors.Is(err, want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v, want %v", text, err, want)
		}
	}
	k.server.Seal(true)
	for _, text := range []string{"vault:kv/secret/issuer#key", "vault:transit/transit/issuer"} {
		if signer, err := k.open(t, text, key.Ed25519); signer != nil || !errors.Is(err, key.ErrUnavailable) {
			t.Errorf("%s of a sealed Vault: %v", text, err)
		}
	}
}

// TestTransitAway: what a key cannot sign while Vault is sealed, or takes its
// token away, it signs once that is over; a signature that is not its own does
// not get out.
func TestTransitAway(t *testing.T) {
	k := newKeys(t)
	signer, err := k.open(t, "vault:transit/transit/issuer?version=1", key.Ed25519)
	if err != nil {
		t.Fatal(err)
	}
	k.server.Seal(true)
	if err := key.Test(signer); !errors.Is(err, key.ErrUnavailable) {
		t.Errorf("sealed: %v", err)
	}
	k.server.Seal(false)
	k.server.TakeTokens()
	if err := key.Test(signer); err != nil {
		t.Errorf("after the token was taken away: %v", err)
	}
	k.server.ReplaceKey("issuer", 1)
	if signature, err := signer.Sign(nil, []byte("message"), crypto.Hash(0)); !errors.Is(err, key.ErrTest) {
		t.Errorf("another key's signature: %x, %v", signature, err)
	}
}

// TestSignOptions: a key in a store refuses what one of the standard library
// would not sign as wanted.
func TestSignOptions(t *testing.T) {
	k := newKeys(t)
	for text, kind := range map[string]key.Kind{"vault:transit/transit/issuer": key.Ed25519, "vault:transit/transit/selective": key.P256} {
		signer, err := k.open(t, text, kind)
		if err != nil {
			t.Fatal(err)
		}
		wrong := map[key.Kind]crypto.Hash{key.Ed25519: crypto.SHA512, key.P256: crypto.Hash(0)}[kind]
		if _, err := signer.Sign(rand.Reader, make([]byte, 32), wrong); !errors.Is(err, key.ErrInvalid) {
			t.Errorf("%s: %v", text, err)
		}
	}
	signer, err := k.open(t, "vault:transit/transit/selective", key.P256)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := signer.Sign(rand.Reader, make([]byte, 31), crypto.SHA256); !errors.Is(err, key.ErrInvalid) {
		t.Error(err)
	}
}

func TestCheck(t *testing.T) {
	const module = "module-path=/usr/lib/x.so"
	for _, text := range []string{
		"signing.key", "systemd:key", "vault:transit/transit/issuer",
		"pkcs11:token=registry;object=signing?" + module + "&pin-source=systemd:pin",
		"pkcs11:object=signing%20key;token=registry;id=%01%02;serial=7;type=private?pin-source=file:/run/pin&" + module,
	} {
		if err := key.Check(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	for text, says := range map[string]string{
		"aws:kms": "nothing is known", "pkcs11:object=a?" + module + "&pin-source=fd:3": "name the token",
		"pkcs11:token=a?" + module + "&pin-source=fd:3":                          "name the key",
		"pkcs11:token=a;object=b?pin-source=fd:3":                                "absolute path",
		"pkcs11:token=a;object=b?module-path=x.so&pin-source=fd:3":               "absolute path",
		"pkcs11:token=a;object=b?" + module:                                      "where the PIN is",
		"pkcs11:token=a;object=b?" + module + "&pin-value=1234":                  "a PIN is a secret",
		"pkcs11:token=a;object=b?" + module + "&pin-source=|cat":                 "no reference",
		"pkcs11:token=a;object=b?" + module + "&pin-source=pkcs11:a":             "no reference",
		"pkcs11:token=a;token=c;object=b?" + module + "&pin-source=fd:3":         "there twice",
		"pkcs11:token=a;object=%zz?" + module + "&pin-source=fd:3":               "percent-encoded",
		"pkcs11:token=a;object=b;slot-id=1?" + module + "&pin-source=fd:3":       "not read here",
		"pkcs11:token=a;object=b;type=public?" + module + "&pin-source=fd:3":     "private",
		"pkcs11:token=a;object=b?" + module + "&pin-source=fd:3&module-name=abc": "not read here",
	} {
		if err := key.Check(text); !errors.Is(err, secret.ErrReference) || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "1234") {
			t.Errorf("%s: %v", text, err)
		}
	}
}
