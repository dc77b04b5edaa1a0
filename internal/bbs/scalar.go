package bbs

import (
	"fmt"
	"io"

	"github.com/cloudflare/circl/ecc/bls12381/ff"
)

// scalar is an integer modulo r, the order of the groups.
type scalar = ff.Scalar

// reduce returns 48 octets modulo r, as OS2IP(octets) mod r but in constant
// time: three digits of 128 bits, each below r.
func reduce(octets []byte) scalar {
	const digit = 16
	base := fromDigit([]byte{1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	var sum scalar
	for ; len(octets) > 0; octets = octets[digit:] {
		low := fromDigit(octets[:digit])
		sum.Mul(&sum, &base)
		sum.Add(&sum, &low)
	}
	return sum
}

// fromDigit reads up to 17 octets, which are below r whatever they are.
func fromDigit(octets []byte) scalar {
	var padded [scalarLength]byte
	copy(padded[scalarLength-len(octets):], octets)
	var s scalar
	if err := s.UnmarshalBinary(padded[:]); err != nil {
		panic("bbs: an octet string of 17 octets is not below r: " + err.Error())
	}
	return s
}

// toScalar reads 32 octets; zero and what is not below r are refused.
func toScalar(octets []byte) (scalar, error) {
	var s scalar
	if len(octets) != scalarLength || s.UnmarshalBinary(octets) != nil || s.IsZero() == 1 {
		return scalar{}, ErrMalformed
	}
	return s, nil
}

// toScalars reads as many scalars as octets hold.
func toScalars(octets []byte) ([]scalar, error) {
	if len(octets)%scalarLength != 0 {
		return nil, ErrMalformed
	}
	scalars := make([]scalar, 0, len(octets)/scalarLength)
	for ; len(octets) > 0; octets = octets[scalarLength:] {
		s, err := toScalar(octets[:scalarLength])
		if err != nil {
			return nil, err
		}
		scalars = append(scalars, s)
	}
	return scalars, nil
}

func scalarOctets(s *scalar) []byte {
	octets, _ := s.MarshalBinary() // has no error to return
	return octets
}

// randomScalars is calculate_random_scalars (section 4.2.1). A source that
// repeats itself would give the holder's secrets away, so it is refused where
// it can be seen.
func randomScalars(random io.Reader, count int) ([]scalar, error) {
	scalars := make([]scalar, count)
	var octets [expandLength]byte
	for i := range scalars {
		if _, err := io.ReadFull(random, octets[:]); err != nil {
			return nil, fmt.Errorf("reading random octets: %w", err)
		}
		scalars[i] = reduce(octets[:])
		if scalars[i].IsZero() == 1 || i > 0 && scalars[i].IsEqual(&scalars[i-1]) == 1 {
			return nil, ErrRandom
		}
	}
	return scalars, nil
}

// plusProduct returns a + b·c.
func plusProduct(a, b, c *scalar) scalar {
	var s scalar
	s.Mul(b, c)
	s.Add(a, &s)
	return s
}

// minusProduct returns a - b·c.
func minusProduct(a, b, c *scalar) scalar {
	var s scalar
	s.Mul(b, c)
	s.Sub(a, &s)
	return s
}
