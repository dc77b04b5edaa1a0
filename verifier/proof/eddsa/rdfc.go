package eddsa

import (
	"context"
	"crypto"

	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/hashdata"
)

// RDFC2022 is eddsa-rdfc-2022.
type RDFC2022 struct{}

var _ proof.SigningSuite = RDFC2022{}

// Type returns "DataIntegrityProof".
func (RDFC2022) Type() string { return proof.TypeDataIntegrity }

// Cryptosuite returns "eddsa-rdfc-2022".
func (RDFC2022) Cryptosuite() string { return "eddsa-rdfc-2022" }

// ContextInProof tells that proofs carry no @context.
func (RDFC2022) ContextInProof() bool { return false }

// Sign returns the proof value; signer must hold an Ed25519 key.
func (RDFC2022) Sign(ctx context.Context, in proof.Input, signer crypto.Signer) (string, error) {
	return sign(signer, func() ([]byte, error) { return hashdata.RDFC(ctx, in, crypto.SHA256) })
}

// Verify checks the proof value against key, which must be an Ed25519 key.
func (RDFC2022) Verify(ctx context.Context, in proof.Input, key crypto.PublicKey, value string) error {
	return verify(key, value, func() ([]byte, error) { return hashdata.RDFC(ctx, in, crypto.SHA256) })
}
