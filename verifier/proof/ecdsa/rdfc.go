package ecdsa

import (
	"context"
	"crypto"

	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/hashdata"
)

// RDFC2019 is ecdsa-rdfc-2019.
type RDFC2019 struct{}

var _ proof.SigningSuite = RDFC2019{}

// Type returns "DataIntegrityProof".
func (RDFC2019) Type() string { return proof.TypeDataIntegrity }

// Cryptosuite returns "ecdsa-rdfc-2019".
func (RDFC2019) Cryptosuite() string { return "ecdsa-rdfc-2019" }

// ContextInProof tells that proofs carry no @context.
func (RDFC2019) ContextInProof() bool { return false }

// Sign returns the proof value; signer must hold a P-256 or P-384 key.
func (RDFC2019) Sign(ctx context.Context, in proof.Input, signer crypto.Signer) (string, error) {
	return sign(signer, func(h crypto.Hash) ([]byte, error) { return hashdata.RDFC(ctx, in, h) })
}

// Verify checks the proof value against key, which must be a P-256 or P-384
// key.
func (RDFC2019) Verify(ctx context.Context, in proof.Input, key crypto.PublicKey, value string) error {
	return verify(key, value, func(h crypto.Hash) ([]byte, error) { return hashdata.RDFC(ctx, in, h) })
}
