package ecdsasd

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/chancery-vc/chancery/verifier/proof"
)

// TestVerifyEach: whichever signature is bad, and however many there are.
func TestVerifyEach(t *testing.T) {
	own := newKey256(t)
	for _, n := range []int{0, 1, 2, 7} {
		statements := make([]string, n)
		for i := range statements {
			statements[i] = fmt.Sprint("statement ", i)
		}
		signatures, err := signEach(own, statements)
		if err != nil {
			t.Fatal(err)
		}
		if err := verifyEach(t.Context(), &own.PublicKey, statements, signatures); err != nil {
			t.Errorf("%d good ones: %v", n, err)
		}
		for i := range signatures {
			signatures[i][0] ^= 1
			if err := verifyEach(t.Context(), &own.PublicKey, statements, signatures); !errors.Is(err, proof.ErrSignature) {
				t.Errorf("number %d of %d is bad: %v", i, n, err)
			}
			signatures[i][0] ^= 1
		}
		over, cancel := context.WithCancel(t.Context())
		cancel()
		if err := verifyEach(over, &own.PublicKey, statements, signatures); !errors.Is(err, context.Canceled) {
			t.Errorf("%d after the end: %v", n, err)
		}
	}
}
