package bbs

import (
	"io"

	bls "github.com/consensys/gnark-crypto/ecc/bls12-381"
)

// pseudonymName is the identifier of the BBS Pseudonym Interface
// (draft-irtf-cfrg-bbs-per-verifier-linkability, section 6).
const pseudonymName = "H2G_HM2S_PSEUDONYM_"

// PseudonymLength is the length of a pseudonym in bytes, a compressed point.
const PseudonymLength = pointLength

// CommitWithNym returns a commitment to messages and to the holder's part of
// the secret of its pseudonyms (section 6.1.1 there).
func (s *Scheme) CommitWithNym(random io.Reader, messages [][]byte, proverNym *Secret) (commitment []byte, blinding *Secret, err error) {
	a := s.api(pseudonymName)
	if len(messages) > MaxMessages-2 {
		return nil, nil, ErrTooMany
	}
	return a.coreCommit(random, append(a.messagesToScalars(messages), proverNym.s))
}

// BlindSignWithNym signs as BlindSign does, and adds the signer's part to the
// secret of the holder's pseudonyms (section 6.1.2 there): fresh, unless a
// holder is to keep its pseudonyms.
func (s *Scheme) BlindSignWithNym(sk *SecretKey, commitment []byte, signerNymEntropy *Secret, header []byte, messages [][]byte) ([]byte, error) {
	return s.api(pseudonymName).blindSign(sk, commitment, header, messages, signerNymEntropy)
}

// VerifyFinalizeWithNym checks a blind signature, for its holder, and returns
// the secret of its pseudonyms, which both parts make (section 6.1.3 there).
func (s *Scheme) VerifyFinalizeWithNym(pk *PublicKey, held *BlindSigned, proverNym, signerNymEntropy *Secret) (*Secret, error) {
	a := s.api(pseudonymName)
	var nym Secret
	nym.s.Add(&proverNym.s, &signerNymEntropy.s)
	st, err := a.blindStatement(pk, held, &nym)
	if err != nil {
		return nil, err
	}
	if err := a.coreVerify(held.Signature, st); err != nil {
		return nil, err
	}
	return &nym, nil
}

// ProofGenWithNym returns a proof as BlindProofGen does, and the pseudonym of
// its holder within a context, such as a verifier (section 6.2 there).
func (s *Scheme) ProofGenWithNym(random io.Reader, pk *PublicKey, held *BlindSigned, nym *Secret, context, ph []byte, disclosed []int) (proof, pseudonym []byte, err error) {
	a := s.api(pseudonymName)
	st, err := a.blindStatement(pk, held, nym)
	if err != nil {
		return nil, nil, err
	}
	if _, err := undisclosed(disclosed, len(held.Messages)); err != nil {
		return nil, nil, err
	}
	st.ph, st.disclosed = ph, disclosed
	return a.coreProofGenWithNym(random, held.Signature, st, nym, context)
}

// ProofVerifyWithNym checks a proof, and that the pseudonym is its holder's
// within a context (section 6.3 there).
func (s *Scheme) ProofVerifyWithNym(pk *PublicKey, proof, pseudonym, context, header, ph []byte, count int, messages [][]byte, disclosed []int) error {
	a := s.api(pseudonymName)
	st, err := a.shownStatement(pk, proof, count, messages, disclosed, 2)
	if err != nil {
		return err
	}
	st.header, st.ph = header, ph
	return a.coreProofVerifyWithNym(proof, st, pseudonym, context)
}

// coreProofGenWithNym is CoreProofGenWithNym (section 7.1 there). The nym
// secret is the last message withheld, so its nonce is the last one.
func (a api) coreProofGenWithNym(random io.Reader, sig []byte, st statement, nym *Secret, context []byte) (proof, pseudonym []byte, err error) {
	p, err := a.newProver(random, sig, &st)
	if err != nil {
		return nil, nil, err
	}
	op := a.contextPoint(context)
	of := hiddenSum(hideAll(op), []scalar{nym.s})
	ut := hiddenSum(hideAll(op), p.mBlinding[len(p.mBlinding)-1:])
	points := []bls.G1Affine{of.reveal(), op, ut.reveal()}
	c := a.challenge(&p.initial, points, &st, pick(st.messages, st.disclosed))
	return p.finalize(c), octets(nil).points(points[0]), nil
}

// coreProofVerifyWithNym is CoreProofVerifyWithNym (section 7.2 there).
func (a api) coreProofVerifyWithNym(b []byte, st statement, pseudonym, context []byte) error {
	p, err := toProof(b)
	if err != nil {
		return err
	}
	nym, err := toPoint(pseudonym)
	if err != nil {
		return err
	}
	op := a.contextPoint(context)
	var minus scalar
	minus.Sub(&minus, &p.c)
	uv := publicSum([]bls.G1Affine{op, nym}, []scalar{p.m[len(p.m)-1], minus})
	if uv.IsInfinity() {
		return ErrProof
	}
	in := a.proofVerifyInit(p, &st)
	return p.verify(st.pk, a.challenge(&in, []bls.G1Affine{nym, op, uv}, &st, st.messages))
}

// contextPoint returns OP, the point that pseudonyms of a context are multiples
// of.
func (a api) contextPoint(context []byte) bls.G1Affine { return a.hashToCurve(context, a.id) }
