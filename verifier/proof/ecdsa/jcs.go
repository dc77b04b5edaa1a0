package ecdsa

import (
	"context"
	"crypto"

	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/hashdata"
)

// JCS2019 is ecdsa-jcs-2019.
type JCS2019 struct{}

var _ proof.SigningSuite = JCS2019{}

// Type returns "DataIntegrityProof".
func (JCS2019) Type() string { return proof.TypeDataIntegrity }

// Cryptosuite returns "ecdsa-jcs-2019".
func (JCS2019) Cryptosuite() string { return "ecdsa-jcs-2019" }

// ContextInProof tells that proofs carry the document's @context (section
// 3.3.5).
func (JCS2019) ContextInProof() bool { return true }

// Sign returns the proof value; signer must hold a P-256 or P-384 key.
func (JCS2019) Sign(_ context.Context, in proof.Input, signer crypto.Signer) (string, error) {
	return sign(signer, func(h crypto.Hash) ([]byte, error) { return hashdata.JCS(in, h) })
}

// Verify checks the proof value against key, which must be a P-256 or P-384
// key.
func (JCS2019) Verify(_ context.Context, in proof.Input, key crypto.PublicKey, value string) error {
	return verify(key, value, func(h crypto.Hash) ([]byte, error) { return hashdata.JCS(in, h) })
}
