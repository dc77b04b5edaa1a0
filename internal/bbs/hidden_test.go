package bbs

import (
	"crypto/rand"
	"math/big"
	"testing"

	bls "github.com/consensys/gnark-crypto/ecc/bls12-381"
	"pgregory.net/rapid"

	circl "github.com/cloudflare/circl/ecc/bls12381"
	"github.com/cloudflare/circl/ecc/bls12381/ff"
)

// scalars drawn include the ones at the edges.
func drawScalar(t *rapid.T, name string) scalar {
	octets := rapid.SliceOfN(rapid.Byte(), expandLength, expandLength).Draw(t, name)
	switch rapid.IntRange(0, 5).Draw(t, name+" kind") {
	case 0:
		return scalar{}
	case 1:
		var s scalar
		s.SetOne()
		return s
	case 2:
		var s scalar
		s.SetOne()
		s.Neg()
		return s
	}
	return reduce(octets)
}

// drawPoints draws generators, with repetitions, negatives and the identity.
func drawPoints(t *rapid.T, all []bls.G1Affine) []bls.G1Affine {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) bls.G1Affine {
		p := all[rapid.IntRange(0, len(all)-1).Draw(t, "point")]
		switch rapid.IntRange(0, 5).Draw(t, "kind") {
		case 0:
			p.Neg(&p)
		case 1:
			p.SetInfinity()
		}
		return p
	}), 1, 6).Draw(t, "points")
}

// TestSumsAgree: the hidden sum, the public one by either way, and that of each
// library are one.
func TestSumsAgree(t *testing.T) {
	all := newScheme(t, SHA256).createGenerators(3, "test")
	rapid.Check(t, func(t *rapid.T) {
		points := drawPoints(t, all)
		scalars := make([]scalar, len(points))
		for i := range scalars {
			scalars[i] = drawScalar(t, "scalar")
		}
		sum := hiddenSum(hideAll(points...), scalars)
		got := sum.reveal()
		for name, want := range map[string]bls.G1Affine{
			"public": publicSum(points, scalars), "buckets": bucketSum(points, scalars),
			"gnark": gnarkSum(points, scalars), "circl": circlSum(t, points, scalars),
		} {
			if !got.Equal(&want) {
				t.Errorf("hidden sum %s, %s %s", got.String(), name, want.String())
			}
		}
	})
}

func gnarkSum(points []bls.G1Affine, scalars []scalar) bls.G1Affine {
	var sum bls.G1Affine
	for i := range points {
		var p bls.G1Affine
		sum.Add(&sum, p.ScalarMultiplication(&points[i], new(big.Int).SetBytes(scalarOctets(&scalars[i]))))
	}
	return sum
}

func circlSum(t interface{ Fatal(...any) }, points []bls.G1Affine, scalars []scalar) bls.G1Affine {
	var sum, p circl.G1
	sum.SetIdentity()
	for i := range points {
		octets := points[i].Bytes()
		if err := p.SetBytes(octets[:]); err != nil {
			t.Fatal(err)
		}
		p.ScalarMult(&scalars[i], &p)
		sum.Add(&sum, &p)
	}
	var affine bls.G1Affine
	if _, err := affine.SetBytes(sum.BytesCompressed()); err != nil {
		t.Fatal(err)
	}
	return affine
}

// TestManyPoints: beyond few points, the sum is another algorithm's.
func TestManyPoints(t *testing.T) {
	points := newScheme(t, SHA256).createGenerators(few+1, "test")
	scalars, err := randomScalars(rand.Reader, few+1)
	if err != nil {
		t.Fatal(err)
	}
	sum := hiddenSum(hideAll(points...), scalars)
	got, want := publicSum(points, scalars), sum.reveal()
	if !got.Equal(&want) {
		t.Errorf("got %s, want %s", got.String(), want.String())
	}
}

// TestReduce: three digits give the same as the integer modulo r.
func TestReduce(t *testing.T) {
	order := new(big.Int).SetBytes(ff.ScalarOrder())
	rapid.Check(t, func(t *rapid.T) {
		octets := rapid.SliceOfN(rapid.Byte(), expandLength, expandLength).Draw(t, "octets")
		want := new(big.Int).SetBytes(octets)
		want.Mod(want, order)
		s := reduce(octets)
		if got := new(big.Int).SetBytes(scalarOctets(&s)); got.Cmp(want) != 0 {
			t.Errorf("got %x, want %x", got, want)
		}
	})
	ones := make([]byte, expandLength)
	for i := range ones {
		ones[i] = 0xff
	}
	s := reduce(ones)
	want := new(big.Int).Mod(new(big.Int).SetBytes(ones), order)
	if got := new(big.Int).SetBytes(scalarOctets(&s)); got.Cmp(want) != 0 {
		t.Errorf("got %x, want %x", got, want)
	}
}
