package wallet

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/verifier/did"
)

func create(t *testing.T) *Wallet {
	t.Helper()
	w, err := Create(filepath.Join(t.TempDir(), "wallet"), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestCreateAndOpen(t *testing.T) {
	seed := bytes.Repeat([]byte{7}, ed25519.SeedSize)
	dir := filepath.Join(t.TempDir(), "a", "wallet")
	created, err := Create(dir, bytes.NewReader(seed))
	if err != nil {
		t.Fatal(err)
	}
	opened, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	id, method, err := did.FromKey(ed25519.NewKeyFromSeed(seed).Public())
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []*Wallet{created, opened} {
		if w.DID() != id || w.KeyID() != method {
			t.Errorf("got %s and %s, want %s", w.DID(), w.KeyID(), method)
		}
		if !ed25519.NewKeyFromSeed(seed).Equal(w.Signer()) {
			t.Error("another key signs")
		}
	}
	for name, want := range map[string]fs.FileMode{".": 0o700, keyFile: 0o600, credentialsDir: 0o700} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", name, got, want)
		}
	}
}

func TestCreateLeavesAWalletAlone(t *testing.T) {
	w := create(t)
	if _, err := Create(w.dir, rand.Reader); !errors.Is(err, ErrExists) {
		t.Errorf("got %v", err)
	}
	if again, err := Open(w.dir); err != nil || again.DID() != w.DID() {
		t.Errorf("the key changed: %v", err)
	}
	if files := names(t, w.dir); len(files) != 2 {
		t.Errorf("left behind: %v", files)
	}
}

func TestCreateWithoutRandomness(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(dir, bytes.NewReader(make([]byte, 31))); err == nil {
		t.Error("a key was made of too little")
	}
	if _, err := Open(dir); !errors.Is(err, ErrMissing) {
		t.Errorf("got %v", err)
	}
}

func TestWidePermissionsAreRefused(t *testing.T) {
	for _, c := range []struct {
		name string
		mode fs.FileMode
	}{{keyFile, 0o644}, {keyFile, 0o640}, {keyFile, 0o602}, {".", 0o755}, {".", 0o710}} {
		w := create(t)
		if err := os.Chmod(filepath.Join(w.dir, c.name), c.mode); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(w.dir); !errors.Is(err, ErrPermissions) || !strings.Contains(err.Error(), "chmod") {
			t.Errorf("%s with mode %o: got %v", c.name, c.mode, err)
		}
	}
}

func TestCreateInAFolderOfAll(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(dir, rand.Reader); !errors.Is(err, ErrPermissions) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, keyFile)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a key was written: %v", err)
	}
}

func TestOpenWithoutAWallet(t *testing.T) {
	for _, dir := range []string{t.TempDir(), filepath.Join(t.TempDir(), "none")} {
		if err := os.Chmod(dir, 0o700); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		if _, err := Open(dir); !errors.Is(err, ErrMissing) {
			t.Errorf("got %v", err)
		}
	}
}

func TestDamagedKeyIsRefused(t *testing.T) {
	w := create(t)
	path := filepath.Join(w.dir, keyFile)
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{
		"empty":        nil,
		"cut off":      good[:len(good)/2],
		"two":          append(bytes.Clone(good), good...),
		"another type": bytes.ReplaceAll(good, []byte("PRIVATE"), []byte("PUBLIC")),
		"not PKCS#8":   pem.EncodeToMemory(&pem.Block{Type: pemType, Bytes: []byte("x")}),
		"a P-256 key":  p256(t),
	} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(w.dir); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func p256(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: pemType, Bytes: der})
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, file := range files {
		all = append(all, file.Name())
	}
	return all
}
