package bbs

import (
	"io"

	bls "github.com/consensys/gnark-crypto/ecc/bls12-381"
)

// coreProofGen is CoreProofGen (section 3.6.3).
func (a api) coreProofGen(random io.Reader, sig []byte, st statement) ([]byte, error) {
	p, err := a.newProver(random, sig, &st)
	if err != nil {
		return nil, err
	}
	return p.finalize(a.challenge(&p.initial, nil, &st, pick(st.messages, st.disclosed))), nil
}

// coreProofVerify is CoreProofVerify (section 3.6.4).
func (a api) coreProofVerify(b []byte, st statement) error {
	p, err := toProof(b)
	if err != nil {
		return err
	}
	in := a.proofVerifyInit(p, &st)
	return p.verify(st.pk, a.challenge(&in, nil, &st, st.messages))
}

// verify checks the challenge and h(Abar, W) * h(Bbar, -BP2) = Identity_GT.
func (p *proof) verify(pk *PublicKey, challenge scalar) error {
	var minus bls.G1Affine
	minus.Neg(&p.bbar)
	if p.c.IsEqual(&challenge) != 1 || !pairsCancel(pk, p.abar, minus) {
		return ErrProof
	}
	return nil
}

// initial is init_res, what prover and verifier both come to before the
// challenge.
type initial struct {
	abar, bbar, d, t1, t2 bls.G1Affine
	domain                scalar
}

// prover is a proof under way: what it hides and what hides it.
type prover struct {
	initial
	e                                         scalar
	withheld                                  []scalar
	r1, r2, eBlinding, r1Blinding, r3Blinding scalar
	mBlinding                                 []scalar
}

// newProver draws the random scalars and does ProofInit (section 3.7.1), after
// the signature is seen to hold.
func (a api) newProver(random io.Reader, sig []byte, st *statement) (*prover, error) {
	s, err := toSignature(sig)
	if err != nil {
		return nil, err
	}
	hiddenIndexes, err := undisclosed(st.disclosed, len(st.messages))
	if err != nil {
		return nil, err
	}
	r, err := randomScalars(random, 5+len(hiddenIndexes))
	if err != nil {
		return nil, err
	}
	p := &prover{e: s.e, withheld: pick(st.messages, hiddenIndexes)}
	p.r1, p.r2, p.eBlinding, p.r1Blinding, p.r3Blinding, p.mBlinding = r[0], r[1], r[2], r[3], r[4], r[5:]
	p.domain = a.domain(st)
	b := a.calculateB(st, p.domain)
	if err := s.verify(st.pk, &b); err != nil {
		return nil, err
	}
	p.proofInit(&s, &b, pick(st.generators[1:], hiddenIndexes))
	return p, nil
}

// proofInit is the procedure of ProofInit from step 3; h is (H_j1, ..., H_jU).
func (p *prover) proofInit(s *signature, b *hidden, h []bls.G1Affine) {
	var r1r2, minusE scalar
	r1r2.Mul(&p.r1, &p.r2)
	minusE = p.e
	minusE.Neg()

	d := hiddenSum([]hidden{*b}, []scalar{p.r2})
	abar := hiddenSum(hideAll(s.a), []scalar{r1r2})
	bbar := hiddenSum([]hidden{d, abar}, []scalar{p.r1, minusE})
	t1 := hiddenSum([]hidden{abar, d}, []scalar{p.eBlinding, p.r1Blinding})
	t2 := hiddenSum(append(hideAll(h...), d), append(p.mBlinding[:len(h):len(h)], p.r3Blinding))

	// The verifier learns or computes all of these.
	p.d, p.abar, p.bbar = d.reveal(), abar.reveal(), bbar.reveal()
	p.t1, p.t2 = t1.reveal(), t2.reveal()
}

// finalize is ProofFinalize (section 3.7.2).
func (p *prover) finalize(c scalar) []byte {
	var r3 scalar
	r3.Inv(&p.r2)
	m := make([]scalar, len(p.withheld))
	for j := range m {
		m[j] = plusProduct(&p.mBlinding[j], &p.withheld[j], &c)
	}
	done := proof{
		abar: p.abar, bbar: p.bbar, d: p.d,
		e:  plusProduct(&p.eBlinding, &p.e, &c),
		r1: minusProduct(&p.r1Blinding, &p.r1, &c),
		r3: minusProduct(&p.r3Blinding, &r3, &c),
		m:  m, c: c,
	}
	return done.octets()
}

// proofVerifyInit is ProofVerifyInit (section 3.7.3). Callers have checked the
// disclosed indexes and made as many generators as the proof asks for.
func (a api) proofVerifyInit(p *proof, st *statement) initial {
	h := st.generators[1:]
	others, _ := undisclosed(st.disclosed, len(h))
	in := initial{abar: p.abar, bbar: p.bbar, d: p.d, domain: a.domain(st)}
	in.t1 = publicSum([]bls.G1Affine{p.bbar, p.abar, p.d}, []scalar{p.c, p.e, p.r1})

	points := append([]bls.G1Affine{st.generators[0]}, pick(h, st.disclosed)...)
	bv := publicSum(points, append([]scalar{in.domain}, st.messages...))
	bv.Add(&bv, &a.p1)

	points = append([]bls.G1Affine{bv, p.d}, pick(h, others)...)
	in.t2 = publicSum(points, append([]scalar{p.c, p.r3}, p.m...))
	return in
}

// challenge is ProofChallengeCalculate (section 3.7.4), with the points of a
// pseudonym where there is one.
func (a api) challenge(in *initial, nym []bls.G1Affine, st *statement, disclosed []scalar) scalar {
	c := octets(nil).integer(len(disclosed))
	for i, index := range st.disclosed {
		c = c.integer(index).scalars(disclosed[i])
	}
	c = c.points(in.abar, in.bbar, in.d, in.t1, in.t2).points(nym...).scalars(in.domain)
	return a.hash(c.text(st.ph))
}
