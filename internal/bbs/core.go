package bbs

import (
	bls "github.com/consensys/gnark-crypto/ecc/bls12-381"
)

// statement is what a core operation is about (section 3.6). Of generators,
// there is one more than messages were signed.
type statement struct {
	pk         *PublicKey
	header, ph []byte
	generators []bls.G1Affine // Q_1, H_1, ..., H_L
	messages   []scalar       // all of them; when a proof is verified, the disclosed ones
	disclosed  []int          // ascending
}

// domain is calculate_domain (section 4.2.3).
func (a api) domain(st *statement) scalar {
	dom := octets(st.pk.Bytes()).integer(len(st.generators) - 1).points(st.generators...)
	return a.hash(append(dom, a.id...).text(st.header))
}

// calculateB returns B = P1 + Q_1 * domain + H_1 * msg_1 + ... + H_L * msg_L.
func (a api) calculateB(st *statement, domain scalar) hidden {
	b := hide(&a.p1)
	sum := hiddenSum(hideAll(st.generators...), append([]scalar{domain}, st.messages...))
	b.add(&b, &sum)
	return b
}

// coreSign is CoreSign (section 3.6.1).
func (a api) coreSign(sk *SecretKey, st statement) ([]byte, error) {
	domain := a.domain(&st)
	e := a.hash(octets(nil).scalars(sk.sk).scalars(st.messages...).scalars(domain))
	b := a.calculateB(&st, domain)
	return finalizeSign(sk, &b, e)
}

// finalizeSign returns (A, e) with A = B * (1 / (SK + e)).
func finalizeSign(sk *SecretKey, b *hidden, e scalar) ([]byte, error) {
	var inverse scalar
	inverse.Add(&sk.sk, &e)
	inverse.Inv(&inverse) // of zero it is zero, which gives the identity
	product := hiddenSum([]hidden{*b}, []scalar{inverse})
	s := signature{product.reveal(), e}
	if s.a.IsInfinity() || e.IsZero() == 1 {
		return nil, ErrSignature // once in 2^255 signatures
	}
	return s.octets(), nil
}

// coreVerify is CoreVerify (section 3.6.2).
func (a api) coreVerify(sig []byte, st statement) error {
	s, err := toSignature(sig)
	if err != nil {
		return err
	}
	b := a.calculateB(&st, a.domain(&st))
	return s.verify(st.pk, &b)
}

// verify checks h(A, W) * h(A * e - B, BP2) = Identity_GT.
func (s *signature) verify(pk *PublicKey, b *hidden) error {
	left := hiddenSum(hideAll(s.a), []scalar{s.e})
	minus := *b
	minus.negate()
	left.add(&left, &minus)
	if !pairsCancel(pk, s.a, left.reveal()) {
		return ErrSignature
	}
	return nil
}

// pairsCancel tells whether h(p, W) * h(q, BP2) = Identity_GT.
func pairsCancel(pk *PublicKey, p, q bls.G1Affine) bool {
	_, _, _, bp2 := bls.Generators()
	ok, err := bls.PairingCheck([]bls.G1Affine{p, q}, []bls.G2Affine{pk.w, bp2})
	return ok && err == nil
}
