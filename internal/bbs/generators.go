package bbs

import (
	"encoding/binary"

	bls "github.com/consensys/gnark-crypto/ecc/bls12-381"
)

// sequence is the generators of one api_id as far as they are made, and v, from
// which the next one comes (create_generators, section 4.1.1).
type sequence struct {
	seedDST, generatorDST string
	v                     []byte
	points                []bls.G1Affine
}

func (s *Scheme) newSequence(apiID, seed string) *sequence {
	q := &sequence{seedDST: apiID + "SIG_GENERATOR_SEED_", generatorDST: apiID + "SIG_GENERATOR_DST_"}
	q.v = s.expandMessage([]byte(apiID+seed), q.seedDST, expandLength)
	return q
}

// next makes one more generator.
func (q *sequence) next(s *Scheme) bls.G1Affine {
	counted := binary.BigEndian.AppendUint64(q.v, uint64(len(q.points)+1))
	q.v = s.expandMessage(counted, q.seedDST, expandLength)
	q.points = append(q.points, s.hashToCurve(q.v, q.generatorDST))
	return q.points[len(q.points)-1]
}

// createGenerators returns the first count generators of an api_id. Callers
// have seen that count is not above MaxMessages and a few.
func (s *Scheme) createGenerators(count int, apiID string) []bls.G1Affine {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := s.generators[apiID]
	if q == nil {
		q = s.newSequence(apiID, "MESSAGE_GENERATOR_SEED")
		s.generators[apiID] = q
	}
	for len(q.points) < count {
		q.next(s)
	}
	return q.points[:count:count]
}

// fixedPoint makes P1 (section 7.2): a first generator from a seed of its own.
func (s *Scheme) fixedPoint() bls.G1Affine {
	return s.newSequence(string(s.suite)+"H2G_HM2S_", "BP_MESSAGE_GENERATOR_SEED").next(s)
}
