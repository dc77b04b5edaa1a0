package bbs

import (
	"io"

	bls "github.com/consensys/gnark-crypto/ecc/bls12-381"
)

// blindName is the identifier of the Blind BBS Interface
// (draft-irtf-cfrg-bbs-blind-signatures, section 4.2).
const blindName = "BLIND_H2G_HM2S_"

// BlindSigned is what a holder has of a blind signature. Messages came from the
// signer; Committed, which the signer has not seen, from the holder, with the
// blinding of their commitment.
type BlindSigned struct {
	Signature, Header   []byte
	Messages, Committed [][]byte
	Blinding            *Secret // secret_prover_blind
}

// Commit returns a commitment to messages, for the signer, and the blinding
// that the holder keeps (section 4.1.1 there).
func (s *Scheme) Commit(random io.Reader, messages [][]byte) (commitment []byte, blinding *Secret, err error) {
	a := s.api(blindName)
	if len(messages) > MaxMessages-1 {
		return nil, nil, ErrTooMany
	}
	return a.coreCommit(random, a.messagesToScalars(messages))
}

// BlindSign signs a header, messages, and what a commitment hides, after its
// proof is seen to hold (section 4.2.1 there). Unlike there, a commitment is
// required: without one, the signature would bind no holder.
func (s *Scheme) BlindSign(sk *SecretKey, commitment, header []byte, messages [][]byte) ([]byte, error) {
	return s.api(blindName).blindSign(sk, commitment, header, messages, nil)
}

// BlindVerify checks a blind signature, for its holder (VerifyBlindSign,
// section 4.2.2 there).
func (s *Scheme) BlindVerify(pk *PublicKey, held *BlindSigned) error {
	a := s.api(blindName)
	st, err := a.blindStatement(pk, held, nil)
	if err != nil {
		return err
	}
	return a.coreVerify(held.Signature, st)
}

// BlindProofGen returns a proof that a blind signature is known, and all that
// was committed to. It discloses signer's messages only (section 4.2.3 there).
func (s *Scheme) BlindProofGen(random io.Reader, pk *PublicKey, held *BlindSigned, ph []byte, disclosed []int) ([]byte, error) {
	a := s.api(blindName)
	st, err := a.blindStatement(pk, held, nil)
	if err != nil {
		return nil, err
	}
	if _, err := undisclosed(disclosed, len(held.Messages)); err != nil {
		return nil, err
	}
	st.ph, st.disclosed = ph, disclosed
	return a.coreProofGen(random, held.Signature, st)
}

// BlindProofVerify checks a proof of a blind signature over count messages of
// the signer's, some of them disclosed (section 4.2.4 there).
func (s *Scheme) BlindProofVerify(pk *PublicKey, proof, header, ph []byte, count int, messages [][]byte, disclosed []int) error {
	a := s.api(blindName)
	st, err := a.shownStatement(pk, proof, count, messages, disclosed, 1)
	if err != nil {
		return err
	}
	st.header, st.ph = header, ph
	return a.coreProofVerify(proof, st)
}

// blindSign also adds the signer's part to a pseudonym's secret where there is
// one: the last thing committed to (B_calculate and B_calculate_with_nym).
func (a api) blindSign(sk *SecretKey, committed, header []byte, messages [][]byte, entropy *Secret) ([]byte, error) {
	c, err := toCommitment(committed)
	if err != nil {
		return nil, err
	}
	if len(messages)+1+len(c.m) > MaxMessages {
		return nil, ErrTooMany
	}
	if entropy != nil && len(c.m) == 0 {
		return nil, ErrCommitment
	}
	blind := a.blindGenerators(len(c.m))
	if err := c.verify(a, blind); err != nil {
		return nil, err
	}
	st := statement{
		pk: sk.pk, header: header,
		generators: a.createGenerators(len(messages)+1, a.id),
		messages:   a.messagesToScalars(messages),
	}
	known := st
	known.generators = append(st.generators, blind...)
	domain := a.domain(&known)
	b := a.calculateB(&st, domain)
	addTo(&b, &c.point)
	if entropy != nil {
		part := hiddenSum(hideAll(blind[len(blind)-1]), []scalar{entropy.s})
		b.add(&b, &part)
	}
	return a.finalizeBlindSign(sk, &b)
}

func addTo(b *hidden, p *bls.G1Affine) {
	h := hide(p)
	b.add(b, &h)
}

// finalizeBlindSign is FinalizeBlindSign (section 4.3.3 there). The text hashes
// the domain too, the draft's own test vectors and those of the cryptosuite do
// not; B has it already, and only the signer ever computes e.
func (a api) finalizeBlindSign(sk *SecretKey, b *hidden) ([]byte, error) {
	e := a.hash(octets(nil).scalars(sk.sk).points(b.reveal()))
	return finalizeSign(sk, b, e)
}

// blindStatement is prepare_parameters for a holder (section 5.1 there); a nym
// secret, where there is one, is the last of what was committed to.
func (a api) blindStatement(pk *PublicKey, held *BlindSigned, nym *Secret) (statement, error) {
	committed := len(held.Committed)
	if nym != nil {
		committed++
	}
	if len(held.Messages)+1+committed > MaxMessages {
		return statement{}, ErrTooMany
	}
	messages := append(a.messagesToScalars(held.Messages), held.Blinding.s)
	messages = append(messages, a.messagesToScalars(held.Committed)...)
	if nym != nil {
		messages = append(messages, nym.s)
	}
	generators := a.createGenerators(len(held.Messages)+1, a.id)
	return statement{
		pk: pk, header: held.Header,
		generators: append(generators, a.blindGenerators(committed)...),
		messages:   messages,
	}, nil
}

// shownStatement is prepare_parameters for a verifier. The proof withholds the
// blinding and all that was committed to, at least so many scalars.
func (a api) shownStatement(pk *PublicKey, proof []byte, count int, messages [][]byte, disclosed []int, least int) (statement, error) {
	u, err := withheld(proof)
	if err != nil {
		return statement{}, err
	}
	total := u + len(disclosed)
	if err := checkDisclosed(disclosed, messages, total); err != nil {
		return statement{}, err
	}
	if count < 0 || count > total-least {
		return statement{}, ErrIndexes
	}
	if _, err := undisclosed(disclosed, count); err != nil { // the signer's only
		return statement{}, err
	}
	generators := a.createGenerators(count+1, a.id)
	return statement{
		pk:         pk,
		generators: append(generators, a.blindGenerators(total-count-1)...),
		messages:   a.messagesToScalars(messages),
		disclosed:  disclosed,
	}, nil
}
