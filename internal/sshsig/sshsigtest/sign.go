// Package sshsigtest makes SSH signatures for tests, as ssh-keygen does.
package sshsigtest

import (
	"crypto/rand"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
)

// Key returns a signer with a new key, and the line that FILE.pub has of it.
func Key(t testing.TB, private any) (signer ssh.Signer, line string) {
	t.Helper()
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return signer, strings.TrimSpace(string(ssh.MarshalAuthorizedKey(signer.PublicKey())))
}

// Sign returns a signature over a message as a file has it.
func Sign(t testing.TB, signer ssh.Signer, namespace string, message []byte) string {
	t.Helper()
	digest := sha512.Sum512(message)
	signed := ssh.Marshal(struct {
		Namespace, Reserved, Hash string
		Digest                    []byte
	}{namespace, "", "sha512", digest[:]})
	signature, err := signer.Sign(rand.Reader, append([]byte("SSHSIG"), signed...))
	if err != nil {
		t.Fatal(err)
	}
	blob := ssh.Marshal(struct {
		Version                   uint32
		Key                       []byte
		Namespace, Reserved, Hash string
		Signature                 []byte
	}{1, signer.PublicKey().Marshal(), namespace, "", "sha512", ssh.Marshal(signature)})
	return Armor(append([]byte("SSHSIG"), blob...))
}

// Armor returns the bytes of a signature as a file has them.
func Armor(blob []byte) string {
	text := base64.StdEncoding.EncodeToString(blob)
	var lines strings.Builder
	for len(text) > 70 {
		fmt.Fprintln(&lines, text[:70])
		text = text[70:]
	}
	return "-----BEGIN SSH SIGNATURE-----\n" + lines.String() + text + "\n-----END SSH SIGNATURE-----\n"
}
