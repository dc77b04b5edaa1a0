package did_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"testing"

	"github.com/chancery-vc/chancery/verifier/did"
)

// FuzzX5C: a chain that is accepted has the key that the authority certified,
// and one text for its certificate.
func FuzzX5C(f *testing.F) {
	root := newAuthority(f, "root")
	key := ed25519.NewKeyFromSeed(make([]byte, 32))
	good := x5c(root.issue("leaf", key), root.certificate)
	f.Add(good[0], good[1])
	f.Add(good[1], good[0])
	f.Add(good[0], "")
	f.Add(good[0]+"\n", good[1])
	f.Add("MIIB", "AAAA")
	anchors := pool(root.certificate)
	f.Fuzz(func(t *testing.T, leaf, issuer string) {
		got, err := did.VerifyX5C([]string{leaf, issuer}, anchors, noon)
		if err != nil {
			if !errors.Is(err, did.ErrCertificate) || got != nil {
				t.Fatalf("got %v, %v", got, err)
			}
			return
		}
		der, err := base64.StdEncoding.DecodeString(leaf)
		if err != nil || base64.StdEncoding.EncodeToString(der) != leaf || !key.Public().(ed25519.PublicKey).Equal(got.Key) {
			t.Errorf("%q is of %v, %v", leaf, got.Key, err)
		}
	})
}
