package ed25519signature2020

import (
	"context"
	"crypto"

	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/eddsa"
)

// RDFC2020 is Ed25519Signature2020.
type RDFC2020 struct{}

var _ proof.Suite = RDFC2020{}

// Type returns "Ed25519Signature2020".
func (RDFC2020) Type() string { return "Ed25519Signature2020" }

// Cryptosuite returns nothing: the type says it.
func (RDFC2020) Cryptosuite() string { return "" }

// Verify checks the proof value against key, which must be an Ed25519 key.
func (RDFC2020) Verify(ctx context.Context, in proof.Input, key crypto.PublicKey, value string) error {
	return eddsa.RDFC2022{}.Verify(ctx, in, key, value)
}
