package mldsa

import (
	"context"
	"crypto"

	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/hashdata"
)

// JCS2024 is mldsa44-jcs-2024.
type JCS2024 struct{}

var _ proof.SigningSuite = JCS2024{}

// Type returns "DataIntegrityProof".
func (JCS2024) Type() string { return proof.TypeDataIntegrity }

// Cryptosuite returns "mldsa44-jcs-2024".
func (JCS2024) Cryptosuite() string { return "mldsa44-jcs-2024" }

// ContextInProof tells that proofs carry no @context. The older JCS suites
// differ.
func (JCS2024) ContextInProof() bool { return false }

// Sign returns the proof value; signer must hold a key of ML-DSA-44.
func (JCS2024) Sign(_ context.Context, in proof.Input, signer crypto.Signer) (string, error) {
	return sign(signer, func() ([]byte, error) { return hashJCS(in) })
}

// Verify checks the proof value against key, which must be of ML-DSA-44.
func (JCS2024) Verify(_ context.Context, in proof.Input, key crypto.PublicKey, value string) error {
	return verify(key, value, func() ([]byte, error) { return hashJCS(in) })
}

// hashJCS: the document's @context is part of the proof configuration, though
// not of the proof ("Proof Configuration").
func hashJCS(in proof.Input) (_ []byte, err error) {
	if in.Options, err = in.OptionsInContext(); err != nil {
		return nil, err
	}
	return hashdata.JCS(in, crypto.SHA256)
}
