package mldsa

import (
	"context"
	"crypto"

	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/hashdata"
)

// RDFC2024 is mldsa44-rdfc-2024.
type RDFC2024 struct{}

var _ proof.SigningSuite = RDFC2024{}

// Type returns "DataIntegrityProof".
func (RDFC2024) Type() string { return proof.TypeDataIntegrity }

// Cryptosuite returns "mldsa44-rdfc-2024".
func (RDFC2024) Cryptosuite() string { return "mldsa44-rdfc-2024" }

// ContextInProof tells that proofs carry no @context.
func (RDFC2024) ContextInProof() bool { return false }

// Sign returns the proof value; signer must hold a key of ML-DSA-44.
func (RDFC2024) Sign(ctx context.Context, in proof.Input, signer crypto.Signer) (string, error) {
	return sign(signer, func() ([]byte, error) { return hashdata.RDFC(ctx, in, crypto.SHA256) })
}

// Verify checks the proof value against key, which must be of ML-DSA-44.
func (RDFC2024) Verify(ctx context.Context, in proof.Input, key crypto.PublicKey, value string) error {
	return verify(key, value, func() ([]byte, error) { return hashdata.RDFC(ctx, in, crypto.SHA256) })
}
