package key

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
)

// ErrTest says that a key made a signature which is not its own.
var ErrTest = errors.New("the key signs what does not verify")

// testPurpose begins what [Test] has signed: no document, token or checkpoint
// begins like that.
const testPurpose = "chancery: a test of a signing key, which says nothing\n"

// Test has a key sign and holds the signature against its public half.
func Test(signer crypto.Signer) error {
	input, options := []byte(testPurpose+rand.Text()), crypto.Hash(0)
	if KindOf(signer.Public()) == P256 {
		digest := sha256.Sum256(input)
		input, options = digest[:], crypto.SHA256
	}
	signature, err := signer.Sign(rand.Reader, input, options)
	if err != nil {
		return fmt.Errorf("test the key: %w", err)
	}
	return verify(signer.Public(), input, signature)
}

// verify holds a signature, of P-256 in ASN.1, against a key.
func verify(public crypto.PublicKey, input, signature []byte) error {
	good := false
	switch public := public.(type) {
	case ed25519.PublicKey:
		good = ed25519.Verify(public, input, signature)
	case *ecdsa.PublicKey:
		good = ecdsa.VerifyASN1(public, input, signature)
	}
	if !good {
		return ErrTest
	}
	return nil
}
