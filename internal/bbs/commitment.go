package bbs

import (
	"io"

	bls "github.com/consensys/gnark-crypto/ecc/bls12-381"
)

// commitment is a commitment with the proof that what is in it is known:
// (C, (s^, (m^_1, ..., m^_M), c)) of draft-irtf-cfrg-bbs-blind-signatures,
// section 5.
type commitment struct {
	point bls.G1Affine
	s     scalar
	m     []scalar
	c     scalar
}

// commitmentFloor is the length of a commitment to no message.
const commitmentFloor = pointLength + 2*scalarLength

func (c *commitment) octets() []byte {
	return octets(nil).points(c.point).scalars(c.s).scalars(c.m...).scalars(c.c)
}

// toCommitment is octets_to_commitment_with_proof (section 5.4.2 there); the
// subgroup is looked at too.
func toCommitment(b []byte) (*commitment, error) {
	n := len(b) - commitmentFloor
	if n < 0 || n%scalarLength != 0 {
		return nil, ErrMalformed
	}
	if n/scalarLength > MaxMessages {
		return nil, ErrTooMany
	}
	point, err := toPoint(b[:pointLength])
	if err != nil {
		return nil, err
	}
	s, err := toScalars(b[pointLength:])
	if err != nil {
		return nil, err
	}
	last := len(s) - 1
	return &commitment{point, s[0], s[1:last], s[last]}, nil
}

// blindGenerators returns (Q_2, J_1, ..., J_M).
func (a api) blindGenerators(m int) []bls.G1Affine {
	return a.createGenerators(m+1, "BLIND_"+a.id)
}

// coreCommit is CoreCommit (section 4.3.1 there): a commitment to messages, and
// the blinding that hides them.
func (a api) coreCommit(random io.Reader, messages []scalar) (octets []byte, blinding *Secret, err error) {
	r, err := randomScalars(random, len(messages)+2)
	if err != nil {
		return nil, nil, err
	}
	generators := a.blindGenerators(len(messages))
	points := hideAll(generators...)
	sum := hiddenSum(points, append(r[:1:1], messages...))
	nonces := hiddenSum(points, r[1:])

	done := commitment{point: sum.reveal(), m: make([]scalar, len(messages))}
	done.c = a.blindChallenge(done.point, nonces.reveal(), generators)
	done.s = plusProduct(&r[1], &r[0], &done.c)
	for i := range messages {
		done.m[i] = plusProduct(&r[2+i], &messages[i], &done.c)
	}
	return done.octets(), &Secret{r[0]}, nil
}

// verify is CoreCommitVerify (section 4.3.2 there).
func (c *commitment) verify(a api, generators []bls.G1Affine) error {
	var minus scalar
	minus.Sub(&minus, &c.c)
	points := append([]bls.G1Affine{c.point}, generators...)
	cbar := publicSum(points, append([]scalar{minus, c.s}, c.m...))
	if challenge := a.blindChallenge(c.point, cbar, generators); challenge.IsEqual(&c.c) != 1 {
		return ErrCommitment
	}
	return nil
}

// blindChallenge is calculate_blind_challenge (section 5.3 there).
func (a api) blindChallenge(c, cbar bls.G1Affine, generators []bls.G1Affine) scalar {
	return a.hash(octets(nil).integer(len(generators)-1).points(generators...).points(c, cbar))
}
