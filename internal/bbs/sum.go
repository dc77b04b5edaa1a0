package bbs

import (
	"crypto/subtle"

	"github.com/consensys/gnark-crypto/ecc"
	bls "github.com/consensys/gnark-crypto/ecc/bls12-381"
	"github.com/consensys/gnark-crypto/ecc/bls12-381/fr"
)

// window is the digit in bits by which scalars of hidden sums are read.
const window = 4

// table has the multiples 0·P to 15·P.
type table [1 << window]hidden

func (t *table) fill(p *hidden) {
	t[0], t[1] = identity(), *p
	for i := 2; i < len(t); i++ {
		t[i].add(&t[i-1], p)
	}
}

// lookup reads the whole table, so that no address tells the digit.
func (t *table) lookup(digit byte) hidden {
	found := t[0]
	for i := 1; i < len(t); i++ {
		found.take(&t[i], subtle.ConstantTimeByteEq(digit, byte(i)))
	}
	return found
}

// hiddenSum returns P_1·s_1 + ... + P_n·s_n, in a time that only n decides: all
// products at once, doubling in common (Straus).
func hiddenSum(points []hidden, scalars []scalar) hidden {
	tables := make([]table, len(points))
	octets := make([][]byte, len(points))
	for i := range points {
		tables[i].fill(&points[i])
		octets[i] = scalarOctets(&scalars[i])
	}
	sum := identity()
	for digit := range scalarLength * 8 / window {
		for range window {
			sum.double(&sum)
		}
		for i := range tables {
			found := tables[i].lookup(nibble(octets[i], digit))
			sum.add(&sum, &found)
		}
	}
	return sum
}

// nibble returns a digit of big-endian octets, the highest first.
func nibble(octets []byte, digit int) byte {
	return octets[digit/2] >> (window * (1 - digit%2)) & (1<<window - 1)
}

// few is how many points a public sum adds up with tables; with more, sorting
// them into buckets is faster.
const few = 32

// publicSum is the same sum of what everybody may know, in whatever time.
func publicSum(points []bls.G1Affine, scalars []scalar) bls.G1Affine {
	if len(points) > few {
		return bucketSum(points, scalars)
	}
	const entries = 1<<window - 1 // the multiples 1·P to 15·P of each point
	tables := publicTables(points, entries)
	octets := make([][]byte, len(points))
	for i := range scalars {
		octets[i] = scalarOctets(&scalars[i])
	}
	var sum bls.G1Jac
	for digit := range scalarLength * 8 / window {
		for range window {
			sum.DoubleAssign()
		}
		for i := range points {
			if n := nibble(octets[i], digit); n != 0 {
				sum.AddMixed(&tables[i*entries+int(n)-1])
			}
		}
	}
	var affine bls.G1Affine
	return *affine.FromJacobian(&sum)
}

func publicTables(points []bls.G1Affine, entries int) []bls.G1Affine {
	multiples := make([]bls.G1Jac, 0, len(points)*entries)
	for i := range points {
		var p bls.G1Jac
		p.FromAffine(&points[i])
		for range entries {
			multiples = append(multiples, p)
			p.AddMixed(&points[i])
		}
	}
	return bls.BatchJacobianToAffineG1(multiples)
}

func bucketSum(points []bls.G1Affine, scalars []scalar) bls.G1Affine {
	elements := make([]fr.Element, len(scalars))
	for i := range scalars {
		elements[i].SetBytes(scalarOctets(&scalars[i]))
	}
	var sum bls.G1Affine
	if _, err := sum.MultiExp(points, elements, ecc.MultiExpConfig{NbTasks: 1}); err != nil {
		panic("bbs: a sum with other than as many scalars as points: " + err.Error())
	}
	return sum
}
