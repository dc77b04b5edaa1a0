package key_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/secretfile"
	"github.com/chancery-vc/chancery/issuer/key"
)

func create(t *testing.T) (path string, signer crypto.Signer) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "signing.key")
	signer, err := key.Create(path, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return path, signer
}

func TestCreatedKeyIsLoaded(t *testing.T) {
	path, created := create(t)
	loaded, err := key.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := loaded.Sign(nil, []byte("message"), crypto.Hash(0))
	if err != nil {
		t.Fatal(err)
	}
	if !ed25519.Verify(created.Public().(ed25519.PublicKey), []byte("message"), signature) {
		t.Error("the loaded key is not the created one")
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// TestP256KeyIsLoaded: it is loaded as what it is, and not for the other.
func TestP256KeyIsLoaded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "selective.key")
	created, err := key.CreateP256(path, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := key.LoadP256(path)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256([]byte("message"))
	signature, err := loaded.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	if !ecdsa.VerifyASN1(created.Public().(*ecdsa.PublicKey), digest[:], signature) {
		t.Error("the loaded key is not the created one")
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if _, err := key.Load(path); !errors.Is(err, key.ErrInvalid) || !strings.Contains(err.Error(), "Ed25519 is wanted") {
		t.Errorf("as an Ed25519 key: %v", err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := key.LoadP256(path); !errors.Is(err, secretfile.ErrMode) {
		t.Errorf("with mode 0640: %v", err)
	}
}

func TestLoadP256RefusesOtherKeys(t *testing.T) {
	path, _ := create(t)
	if _, err := key.LoadP256(path); !errors.Is(err, key.ErrInvalid) || !strings.Contains(err.Error(), "P-256 is wanted") {
		t.Errorf("an Ed25519 key: %v", err)
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(p384)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := key.LoadP256(path); !errors.Is(err, key.ErrInvalid) || !strings.Contains(err.Error(), "P-256 is wanted") {
		t.Errorf("a P-384 key: %v", err)
	}
}

func TestCreateReplacesNothing(t *testing.T) {
	path, _ := create(t)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if signer, err := key.Create(path, rand.Reader); !errors.Is(err, os.ErrExist) || signer != nil {
		t.Errorf("got %v, %v", signer, err)
	}
	if signer, err := key.CreateP256(path, rand.Reader); !errors.Is(err, os.ErrExist) || signer != nil {
		t.Errorf("got %v, %v", signer, err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the key changed: %v", err)
	}
}

func TestLoadRefusesWiderModes(t *testing.T) {
	path, _ := create(t)
	link := filepath.Join(filepath.Dir(path), "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []os.FileMode{0o644, 0o640, 0o604, 0o620, 0o602, 0o610, 0o700, 0o666, 0o777} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{path, link} {
			_, err := key.Load(name)
			if !errors.Is(err, secretfile.ErrMode) || !strings.Contains(err.Error(), "chmod 600 "+name) {
				t.Errorf("%s with mode %04o: %v", filepath.Base(name), mode, err)
			}
		}
	}
	for _, mode := range []os.FileMode{0o600, 0o400} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{path, link} {
			if _, err := key.Load(name); err != nil {
				t.Errorf("%s with mode %04o: %v", filepath.Base(name), mode, err)
			}
		}
	}
}

func TestLoadRefusesWhatIsNoKey(t *testing.T) {
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8 := func(private any) []byte {
		der, err := x509.MarshalPKCS8PrivateKey(private)
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	good := block("PRIVATE KEY", pkcs8(private))
	for name, content := range map[string]string{
		"nothing":           "",
		"garbage":           "SECRET-CANARY",
		"garbage in PEM":    block("PRIVATE KEY", []byte("SECRET-CANARY")),
		"another type":      block("ED25519 SECRET-CANARY", pkcs8(private)),
		"a P-256 key":       block("PRIVATE KEY", pkcs8(p256)),
		"two keys":          good + good,
		"text after it":     good + "SECRET-CANARY",
		"half a key":        good[:len(good)/2],
		"far too much text": strings.Repeat("SECRET-CANARY\n", 10_000) + good,
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "signing.key")
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := key.Load(path)
			if !errors.Is(err, key.ErrInvalid) || !strings.Contains(err.Error(), path) {
				t.Fatalf("got %v", err)
			}
			if strings.Contains(err.Error(), "CANARY") {
				t.Errorf("the error tells of the content: %v", err)
			}
		})
	}
}

func TestLoadRefusesWhatIsNoFile(t *testing.T) {
	dir := t.TempDir()
	if _, err := key.Load(filepath.Join(dir, "missing")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("nothing there: %v", err)
	}
	if _, err := key.Load(dir); err == nil {
		t.Error("a folder is loaded")
	}
}
