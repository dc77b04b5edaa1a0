package bbs

import (
	"errors"
	"testing"
)

func (b *blindSample) proveBlind(t *testing.T) []byte {
	t.Helper()
	proof, err := b.BlindProofGen(b.random, b.key.PublicKey(), &b.held, b.ph, b.disclosed)
	if err != nil {
		t.Fatal(err)
	}
	return proof
}

func (b *blindSample) verifyBlind(proof []byte, count int) error {
	return b.BlindProofVerify(b.key.PublicKey(), proof, b.held.Header, b.ph, count, b.shown(), b.disclosed)
}

func (b *blindSample) proveNym(t *testing.T, context string) (proof, pseudonym []byte) {
	t.Helper()
	proof, pseudonym, err := b.ProofGenWithNym(b.random, b.key.PublicKey(), &b.held, b.nym, []byte(context), b.ph, b.disclosed)
	if err != nil {
		t.Fatal(err)
	}
	return proof, pseudonym
}

func (b *blindSample) verifyNym(proof, pseudonym []byte, context string, count int) error {
	return b.ProofVerifyWithNym(b.key.PublicKey(), proof, pseudonym, []byte(context), b.held.Header, b.ph, count, b.shown(), b.disclosed)
}

func TestBlindProof(t *testing.T) {
	b := newBlindSample(t)
	if err := b.BlindVerify(b.key.PublicKey(), &b.held); err != nil {
		t.Fatal(err)
	}
	proof := b.proveBlind(t)
	if err := b.verifyBlind(proof, 3); err != nil {
		t.Fatal(err)
	}
	for count, want := range map[int]error{-1: ErrIndexes, 2: ErrIndexes, 4: ErrProof, 5: ErrIndexes, 1 << 40: ErrIndexes} {
		if err := b.verifyBlind(proof, count); !errors.Is(err, want) {
			t.Errorf("with %d messages of the signer's: got %v, want %v", count, err, want)
		}
	}
	flips(proof, func(bit int) {
		if err := b.verifyBlind(proof, 3); !refused(err) {
			t.Errorf("bit %d flipped: got %v, want a refusal", bit, err)
		}
	})
	b.disclosed = []int{0, 3}
	_, err := b.BlindProofGen(b.random, b.key.PublicKey(), &b.held, b.ph, b.disclosed)
	if !errors.Is(err, ErrIndexes) {
		t.Errorf("disclosing the blinding: got %v, want ErrIndexes", err)
	}
}

// TestBoundToHolder: who has the signature but not the secrets proves nothing.
func TestBoundToHolder(t *testing.T) {
	b := newBlindSample(t)
	tests := map[string]func(*BlindSigned){
		"another secret":   func(h *BlindSigned) { h.Committed = [][]byte{[]byte("thief's secret")} },
		"no secret":        func(h *BlindSigned) { h.Committed = nil },
		"one secret more":  func(h *BlindSigned) { h.Committed = append(h.Committed, nil) },
		"another blinding": func(h *BlindSigned) { h.Blinding = b.draw(t) },
		"another header":   func(h *BlindSigned) { h.Header = nil },
		"another message":  func(h *BlindSigned) { h.Messages = with(h.Messages, 0, []byte("x")) },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			held := b.held
			change(&held)
			if err := b.BlindVerify(b.key.PublicKey(), &held); !errors.Is(err, ErrSignature) {
				t.Errorf("verifying: got %v, want ErrSignature", err)
			}
			_, err := b.BlindProofGen(b.random, b.key.PublicKey(), &held, b.ph, b.disclosed)
			if !errors.Is(err, ErrSignature) {
				t.Errorf("proving: got %v, want ErrSignature", err)
			}
		})
	}
	if err := b.Verify(b.key.PublicKey(), b.held.Signature, b.held.Header, b.held.Messages); !errors.Is(err, ErrSignature) {
		t.Errorf("as a plain signature: got %v, want ErrSignature", err)
	}
}

// TestCommitments: a signer signs nothing whose commitment it cannot check.
func TestCommitments(t *testing.T) {
	b, n := newBlindSample(t), newNymSample(t)
	flips(b.commitment, func(bit int) {
		if _, err := b.BlindSign(b.key, b.commitment, nil, nil); !refused(err) {
			t.Errorf("bit %d flipped: got %v, want a refusal", bit, err)
		}
	})
	for _, length := range otherLengths(len(b.commitment)) {
		if _, err := b.BlindSign(b.key, resized(b.commitment, length), nil, nil); !refused(err) {
			t.Errorf("%d bytes: got %v, want a refusal", length, err)
		}
	}
	if _, err := b.BlindSign(b.key, n.commitment, nil, nil); !errors.Is(err, ErrCommitment) {
		t.Errorf("a commitment with a nym: got %v, want ErrCommitment", err)
	}
	if _, err := b.BlindSignWithNym(b.key, b.commitment, b.draw(t), nil, nil); !errors.Is(err, ErrCommitment) {
		t.Errorf("a commitment without a nym: got %v, want ErrCommitment", err)
	}
}

// TestCommitmentWithoutNym: there has to be a place for the signer's part.
func TestCommitmentWithoutNym(t *testing.T) {
	b := newBlindSample(t)
	a := b.api(pseudonymName)
	empty, _, err := a.coreCommit(b.random, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.BlindSignWithNym(b.key, empty, b.draw(t), nil, nil); !errors.Is(err, ErrCommitment) {
		t.Errorf("got %v, want ErrCommitment", err)
	}
}

func TestPseudonyms(t *testing.T) {
	n := newNymSample(t)
	proof, pseudonym := n.proveNym(t, "verifier")
	if err := n.verifyNym(proof, pseudonym, "verifier", 3); err != nil {
		t.Fatal(err)
	}
	again, same := n.proveNym(t, "verifier")
	_, elsewhere := n.proveNym(t, "another")
	if string(same) != string(pseudonym) || string(elsewhere) == string(pseudonym) {
		t.Error("a pseudonym is one within a context, and another in another")
	}
	if string(again) == string(proof) {
		t.Error("two proofs are one")
	}
	tests := map[string]error{
		"another context":      n.verifyNym(proof, pseudonym, "another", 3),
		"another's pseudonym":  n.verifyNym(proof, elsewhere, "verifier", 3),
		"as without pseudonym": n.verifyBlind(proof, 3),
		"another count":        n.verifyNym(proof, pseudonym, "verifier", 4),
	}
	for name, err := range tests {
		if !errors.Is(err, ErrProof) {
			t.Errorf("%s: got %v, want ErrProof", name, err)
		}
	}
	for name, octets := range badPoints(t) {
		if err := n.verifyNym(proof, octets, "verifier", 3); !errors.Is(err, ErrMalformed) {
			t.Errorf("pseudonym, %s: got %v, want ErrMalformed", name, err)
		}
	}
	flips(pseudonym, func(bit int) {
		if err := n.verifyNym(proof, pseudonym, "verifier", 3); !refused(err) {
			t.Errorf("bit %d of the pseudonym flipped: got %v, want a refusal", bit, err)
		}
	})
	if err := n.verifyNym(proof, pseudonym, "verifier", 5); !errors.Is(err, ErrIndexes) {
		t.Errorf("no room for a nym: got %v, want ErrIndexes", err)
	}
}

// TestNymSecret: the secret of pseudonyms takes both parts, and only them.
func TestNymSecret(t *testing.T) {
	n := newNymSample(t)
	_, err := n.VerifyFinalizeWithNym(n.key.PublicKey(), &n.held, n.draw(t), n.draw(t))
	if !errors.Is(err, ErrSignature) {
		t.Errorf("got %v, want ErrSignature", err)
	}
	_, _, err = n.ProofGenWithNym(n.random, n.key.PublicKey(), &n.held, n.draw(t), nil, n.ph, n.disclosed)
	if !errors.Is(err, ErrSignature) {
		t.Errorf("proving with another's: got %v, want ErrSignature", err)
	}
	if _, _, err := n.ProofGenWithNym(n.random, n.key.PublicKey(), &n.held, n.nym, nil, n.ph, []int{3}); !errors.Is(err, ErrIndexes) {
		t.Errorf("disclosing the blinding: got %v, want ErrIndexes", err)
	}
}
