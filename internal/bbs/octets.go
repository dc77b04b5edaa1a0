package bbs

import (
	"encoding/binary"

	bls "github.com/consensys/gnark-crypto/ecc/bls12-381"
)

// octets are what serialize makes (section 4.2.4.1): elements one after the
// other, each as long as its type says.
type octets []byte

func (o octets) integer(n int) octets { return binary.BigEndian.AppendUint64(o, uint64(n)) }

func (o octets) scalars(all ...scalar) octets {
	for i := range all {
		o = append(o, scalarOctets(&all[i])...)
	}
	return o
}

func (o octets) points(all ...bls.G1Affine) octets {
	for i := range all {
		b := all[i].Bytes()
		o = append(o, b[:]...)
	}
	return o
}

// text appends octets after their length, as headers are.
func (o octets) text(b []byte) octets { return append(o.integer(len(b)), b...) }

// toPoint reads a compressed point of G1 other than the identity.
func toPoint(b []byte) (bls.G1Affine, error) {
	var p bls.G1Affine
	if len(b) != pointLength {
		return p, ErrMalformed
	}
	if _, err := p.SetBytes(b); err != nil || p.IsInfinity() { // looks at the subgroup too
		return p, ErrMalformed
	}
	return p, nil
}

// signature is (A, e).
type signature struct {
	a bls.G1Affine
	e scalar
}

// SignatureLength is the length of a signature in bytes.
const SignatureLength = pointLength + scalarLength

func (s *signature) octets() []byte { return octets(nil).points(s.a).scalars(s.e) }

// toSignature is octets_to_signature (section 4.2.4.3).
func toSignature(b []byte) (s signature, err error) {
	if len(b) != SignatureLength {
		return s, ErrMalformed
	}
	if s.a, err = toPoint(b[:pointLength]); err != nil {
		return s, err
	}
	s.e, err = toScalar(b[pointLength:])
	return s, err
}

// proof is (Abar, Bbar, D, e^, r1^, r3^, (m^_j1, ..., m^_jU), c).
type proof struct {
	abar, bbar, d bls.G1Affine
	e, r1, r3     scalar
	m             []scalar
	c             scalar
}

// proofFloor is the length of a proof that withholds nothing.
const proofFloor = 3*pointLength + 4*scalarLength

func (p *proof) octets() []byte {
	o := octets(nil).points(p.abar, p.bbar, p.d).scalars(p.e, p.r1, p.r3)
	return o.scalars(p.m...).scalars(p.c)
}

// withheld tells from the length of a proof how many messages it withholds.
// Lengths are looked at before any work is done.
func withheld(b []byte) (int, error) {
	n := len(b) - proofFloor
	if n < 0 || n%scalarLength != 0 {
		return 0, ErrMalformed
	}
	if n /= scalarLength; n > MaxMessages {
		return 0, ErrTooMany
	}
	return n, nil
}

// toProof is octets_to_proof (section 4.2.4.5).
func toProof(b []byte) (*proof, error) {
	if _, err := withheld(b); err != nil {
		return nil, err
	}
	var points [3]bls.G1Affine
	for i := range points {
		var err error
		if points[i], err = toPoint(b[:pointLength]); err != nil {
			return nil, err
		}
		b = b[pointLength:]
	}
	s, err := toScalars(b)
	if err != nil {
		return nil, err
	}
	last := len(s) - 1
	return &proof{points[0], points[1], points[2], s[0], s[1], s[2], s[3:last], s[last]}, nil
}
