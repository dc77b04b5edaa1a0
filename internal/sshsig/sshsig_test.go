package sshsig_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/chancery-vc/chancery/internal/sshsig"
	"github.com/chancery-vc/chancery/internal/sshsig/sshsigtest"
)

const namespace = "test@example.org"

var message = []byte("what was signed")

func ed25519Key(t testing.TB) ssh.Signer {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, _ := sshsigtest.Key(t, private)
	return signer
}

// one reads the one signature that text has.
func one(t testing.TB, text string) *sshsig.Signature {
	t.Helper()
	all, err := sshsig.Read([]byte(text))
	if err != nil || len(all) != 1 {
		t.Fatalf("got %d signatures, %v", len(all), err)
	}
	return all[0]
}

func TestVerify(t *testing.T) {
	for _, curve := range []elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		private, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		signer, _ := sshsigtest.Key(t, private)
		if err := one(t, sshsigtest.Sign(t, signer, namespace, message)).Verify(message, namespace); err != nil {
			t.Errorf("%s: %v", curve.Params().Name, err)
		}
	}
	signer := ed25519Key(t)
	s := one(t, sshsigtest.Sign(t, signer, namespace, message))
	if err := s.Verify(message, namespace); err != nil || !bytes.Equal(s.Key.Marshal(), signer.PublicKey().Marshal()) {
		t.Errorf("%v, %v", s, err)
	}
	for name, err := range map[string]error{
		"another message":   s.Verify([]byte("what was signeD"), namespace),
		"no message":        s.Verify(nil, namespace),
		"another namespace": s.Verify(message, "file"),
		"no namespace":      s.Verify(message, ""),
	} {
		if !errors.Is(err, sshsig.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// securityKey signs as a FIDO authenticator does (PROTOCOL.u2f), and says that
// it was touched or not.
type securityKey struct {
	private ed25519.PrivateKey
	touched byte
}

func (k securityKey) PublicKey() ssh.PublicKey {
	key, err := ssh.ParsePublicKey(ssh.Marshal(struct {
		Type        string
		Key         []byte
		Application string
	}{ssh.KeyAlgoSKED25519, k.private.Public().(ed25519.PublicKey), "ssh:"}))
	if err != nil {
		panic(err)
	}
	return key
}

func (k securityKey) Sign(_ io.Reader, data []byte) (*ssh.Signature, error) {
	application, digest := sha256.Sum256([]byte("ssh:")), sha256.Sum256(data)
	state := []byte{k.touched, 0, 0, 0, 7} // and a counter
	signed := slices.Concat(application[:], state, digest[:])
	return &ssh.Signature{Format: ssh.KeyAlgoSKED25519, Blob: ed25519.Sign(k.private, signed), Rest: state}, nil
}

func TestSecurityKey(t *testing.T) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if err := one(t, sshsigtest.Sign(t, securityKey{private, 1}, namespace, message)).Verify(message, namespace); err != nil {
		t.Error(err)
	}
	if err := one(t, sshsigtest.Sign(t, securityKey{private, 0}, namespace, message)).Verify(message, namespace); !errors.Is(err, sshsig.ErrInvalid) {
		t.Errorf("nobody touched it: %v", err)
	}
}

// TestKeysThatDoNotCount: a key of a type that is not listed is read, so that
// an error can say which it is, and verifies nothing.
func TestKeysThatDoNotCount(t *testing.T) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	signer, _ := sshsigtest.Key(t, private)
	err = one(t, sshsigtest.Sign(t, signer, namespace, message)).Verify(message, namespace)
	if !errors.Is(err, sshsig.ErrInvalid) || !strings.Contains(err.Error(), "ssh-rsa") {
		t.Error(err)
	}
}

func TestSeveral(t *testing.T) {
	first, second := sshsigtest.Sign(t, ed25519Key(t), namespace, message), sshsigtest.Sign(t, ed25519Key(t), namespace, message)
	for name, text := range map[string]string{
		"as they come": first + second, "with blank lines": "\n" + first + "\n\n" + second + "\n",
		"without the last newline": first + strings.TrimSpace(second), "with ends of lines of Windows": strings.ReplaceAll(first+second, "\n", "\r\n"),
	} {
		all, err := sshsig.Read([]byte(text))
		if err != nil || len(all) != 2 {
			t.Errorf("%s: %d signatures, %v", name, len(all), err)
		}
	}
	if all, err := sshsig.Read(nil); err != nil || len(all) != 0 {
		t.Errorf("none: %v, %v", all, err)
	}
	for name, text := range map[string]string{
		"text between":  first + "signed by me\n" + second,
		"text before":   "x" + first,
		"no end":        strings.Split(first, "\n-----END")[0],
		"another kind":  strings.ReplaceAll(first, "SSH SIGNATURE", "PGP SIGNATURE"),
		"not base64":    strings.Replace(first, "U1NIU0lH", "U1NIU0l*", 1),
		"too many":      strings.Repeat(first, sshsig.MaxSignatures+1),
		"too large":     first + strings.Repeat("\n", sshsig.MaxBytes),
		"nothing in it": sshsigtest.Armor(nil),
	} {
		if all, err := sshsig.Read([]byte(text)); all != nil || !errors.Is(err, sshsig.ErrInvalid) {
			t.Errorf("%s: %d signatures, %v", name, len(all), err)
		}
	}
}

// good tells whether a signature in its bytes is still one of signer over
// message.
func good(signer ssh.Signer, blob []byte) bool {
	all, err := sshsig.Read([]byte(sshsigtest.Armor(blob)))
	return err == nil && len(all) == 1 && bytes.Equal(all[0].Key.Marshal(), signer.PublicKey().Marshal()) && all[0].Verify(message, namespace) == nil
}

func blobOf(t testing.TB, text string) []byte {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(text), "\n")
	blob, err := base64.StdEncoding.DecodeString(strings.Join(lines[1:len(lines)-1], ""))
	if err != nil {
		t.Fatal(err)
	}
	return blob
}

// TestEachFlippedBit: nothing of a signature can be changed, or cut off.
func TestEachFlippedBit(t *testing.T) {
	signer := ed25519Key(t)
	blob := blobOf(t, sshsigtest.Sign(t, signer, namespace, message))
	if !good(signer, blob) {
		t.Fatal("it is not good as it is")
	}
	for bit := range len(blob) * 8 {
		altered := bytes.Clone(blob)
		altered[bit/8] ^= 1 << (bit % 8)
		if good(signer, altered) {
			t.Errorf("bit %d was flipped, and it is still good", bit)
		}
	}
	for n := range blob {
		if good(signer, blob[:n]) {
			t.Errorf("cut to %d bytes it is still good", n)
		}
	}
	if good(signer, append(blob, 0)) {
		t.Error("with a byte more it is still good")
	}
}

// TestSSHKeygen: what ssh-keygen signs is good here, and what is made for these
// tests is good there.
func TestSSHKeygen(t *testing.T) {
	keygen, err := exec.LookPath("ssh-keygen")
	if err != nil {
		t.Skip("ssh-keygen is not installed")
	}
	folder := t.TempDir()
	for _, kind := range []string{"ed25519", "ecdsa"} {
		key := filepath.Join(folder, kind)
		if out, err := exec.Command(keygen, "-q", "-t", kind, "-N", "", "-f", key).CombinedOutput(); err != nil {
			t.Fatalf("%v %s", err, out)
		}
		for _, hash := range []string{"sha512", "sha256"} {
			sign := exec.Command(keygen, "-Y", "sign", "-n", namespace, "-O", "hashalg="+hash, "-f", key)
			sign.Stdin = bytes.NewReader(message)
			signature, err := sign.Output()
			if err != nil {
				t.Fatal(err)
			}
			if err := one(t, string(signature)).Verify(message, namespace); err != nil {
				t.Errorf("%s, %s: %v", kind, hash, err)
			}
		}
	}
	file := filepath.Join(folder, "signature")
	if err := os.WriteFile(file, []byte(sshsigtest.Sign(t, ed25519Key(t), namespace, message)), 0o600); err != nil {
		t.Fatal(err)
	}
	check := exec.Command(keygen, "-Y", "check-novalidate", "-n", namespace, "-s", file)
	check.Stdin = bytes.NewReader(message)
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("ssh-keygen: %v %s", err, out)
	}
}

// FuzzRead: whatever is read ends in an error of the one kind, or in signatures
// that are good for nothing that their key did not sign.
func FuzzRead(f *testing.F) {
	signer := ed25519Key(f)
	text := sshsigtest.Sign(f, signer, namespace, message)
	f.Add([]byte(text))
	f.Add([]byte(text + text))
	f.Add([]byte(strings.ReplaceAll(text, "\n", "\r\n")))
	f.Add([]byte(text[:100]))
	f.Fuzz(func(t *testing.T, data []byte) {
		all, err := sshsig.Read(data)
		if err != nil {
			if all != nil || !errors.Is(err, sshsig.ErrInvalid) {
				t.Errorf("%v, %v", all, err)
			}
			return
		}
		for _, s := range all {
			if bytes.Equal(s.Key.Marshal(), signer.PublicKey().Marshal()) && s.Verify([]byte("what it did not sign"), namespace) == nil {
				t.Errorf("it is good for what its key did not sign: %+v", s)
			}
		}
	})
}
