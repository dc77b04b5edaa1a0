package eddsa

import (
	"context"
	"crypto"

	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/hashdata"
)

// JCS2022 is eddsa-jcs-2022.
type JCS2022 struct{}

var _ proof.SigningSuite = JCS2022{}

// Type returns "DataIntegrityProof".
func (JCS2022) Type() string { return proof.TypeDataIntegrity }

// Cryptosuite returns "eddsa-jcs-2022".
func (JCS2022) Cryptosuite() string { return "eddsa-jcs-2022" }

// ContextInProof tells that proofs carry the document's @context (section
// 3.3.5).
func (JCS2022) ContextInProof() bool { return true }

// Sign returns the proof value; signer must hold an Ed25519 key.
func (JCS2022) Sign(_ context.Context, in proof.Input, signer crypto.Signer) (string, error) {
	return sign(signer, func() ([]byte, error) { return hashdata.JCS(in, crypto.SHA256) })
}

// Verify checks the proof value against key, which must be an Ed25519 key.
func (JCS2022) Verify(_ context.Context, in proof.Input, key crypto.PublicKey, value string) error {
	return verify(key, value, func() ([]byte, error) { return hashdata.JCS(in, crypto.SHA256) })
}
