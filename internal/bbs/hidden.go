package bbs

import (
	bls "github.com/consensys/gnark-crypto/ecc/bls12-381"

	"github.com/cloudflare/circl/ecc/bls12381/ff"
)

// hidden is a point of G1 that secrets have touched, in projective coordinates.
// Its operations take the same steps whatever the point, the identity and equal
// summands included (Renes, Costello, Batina: Complete addition formulas for
// prime order elliptic curves, section 3, for a = 0 and b = 4).
type hidden struct{ x, y, z ff.Fp }

// identity returns (0 : 1 : 0).
func identity() hidden {
	var p hidden
	p.y.SetOne()
	return p
}

// hide takes over a point, which may be known to all.
func hide(p *bls.G1Affine) hidden {
	if p.IsInfinity() {
		return identity()
	}
	var h hidden
	h.x, h.y = toField(p.X.Bytes()), toField(p.Y.Bytes())
	h.z.SetOne()
	return h
}

func hideAll(points ...bls.G1Affine) []hidden {
	all := make([]hidden, len(points), len(points)+1)
	for i := range points {
		all[i] = hide(&points[i])
	}
	return all
}

func toField(octets [ff.FpSize]byte) ff.Fp {
	var f ff.Fp
	if err := f.UnmarshalBinary(octets[:]); err != nil {
		panic("bbs: the two fields differ: " + err.Error())
	}
	return f
}

// reveal gives a point up: what follows may take a time that tells it.
func (p *hidden) reveal() bls.G1Affine {
	var inverse, x, y ff.Fp
	inverse.Inv(&p.z) // of zero it is zero, which gives the identity
	x.Mul(&p.x, &inverse)
	y.Mul(&p.y, &inverse)
	if p.z.IsZero() == 1 {
		return bls.G1Affine{}
	}
	var a bls.G1Affine
	a.X.SetBytes(fieldOctets(&x))
	a.Y.SetBytes(fieldOctets(&y))
	return a
}

func fieldOctets(f *ff.Fp) []byte {
	octets, _ := f.MarshalBinary() // has no error to return
	return octets
}

// add sets p = a + b.
func (p *hidden) add(a, b *hidden) {
	var xx, yy, zz, xy, yz, xz, sum, difference ff.Fp
	xx.Mul(&a.x, &b.x)
	yy.Mul(&a.y, &b.y)
	zz.Mul(&a.z, &b.z)
	cross(&xy, &a.x, &a.y, &b.x, &b.y, &xx, &yy)
	cross(&yz, &a.y, &a.z, &b.y, &b.z, &yy, &zz)
	cross(&xz, &a.x, &a.z, &b.x, &b.z, &xx, &zz)
	times12(&zz)
	times12(&xz)
	times3(&xx)
	sum.Add(&yy, &zz)
	difference.Sub(&yy, &zz)
	var t ff.Fp
	p.x.Mul(&xy, &difference)
	p.x.Sub(&p.x, mul(&t, &yz, &xz))
	p.y.Mul(&sum, &difference)
	p.y.Add(&p.y, mul(&t, &xx, &xz))
	p.z.Mul(&yz, &sum)
	p.z.Add(&p.z, mul(&t, &xx, &xy))
}

// double sets p = 2a.
func (p *hidden) double(a *hidden) {
	var yy, zz, xy, yz, zz3, t ff.Fp
	yy.Sqr(&a.y)
	zz.Sqr(&a.z)
	xy.Mul(&a.x, &a.y)
	yz.Mul(&a.y, &a.z)
	times12(&zz)
	zz3 = zz
	times3(&zz3)
	t.Sub(&yy, &zz3)
	p.x.Mul(&xy, &t)
	p.x.Add(&p.x, &p.x)
	p.z.Add(&yy, &zz)
	p.y.Mul(&t, &p.z)
	t.Mul(&yy, &zz)
	times8(&t)
	p.y.Add(&p.y, &t)
	p.z.Mul(&yy, &yz)
	times8(&p.z)
}

// negate sets p = -p.
func (p *hidden) negate() { p.y.Neg() }

// take sets p = q where yes is 1, and leaves it where yes is 0.
func (p *hidden) take(q *hidden, yes int) {
	p.x.CMov(&p.x, &q.x, yes)
	p.y.CMov(&p.y, &q.y, yes)
	p.z.CMov(&p.z, &q.z, yes)
}

// cross sets z = a1·b2 + a2·b1, where a1b1 and a2b2 are known.
func cross(z, a1, a2, b1, b2, a1b1, a2b2 *ff.Fp) {
	var a, b ff.Fp
	a.Add(a1, a2)
	b.Add(b1, b2)
	z.Mul(&a, &b)
	z.Sub(z, a1b1)
	z.Sub(z, a2b2)
}

func mul(z, x, y *ff.Fp) *ff.Fp { z.Mul(x, y); return z }

func times3(z *ff.Fp) {
	var t ff.Fp
	t.Add(z, z)
	z.Add(z, &t)
}

func times8(z *ff.Fp) {
	z.Add(z, z)
	z.Add(z, z)
	z.Add(z, z)
}

func times12(z *ff.Fp) {
	times3(z)
	z.Add(z, z)
	z.Add(z, z)
}
