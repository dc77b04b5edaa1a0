package multikey

import "math/big"

// pBLS12381 is the field of BLS12-381 (draft-irtf-cfrg-pairing-friendly-curves,
// section 4.2.1). The curve of G2 is y² = x³ + 4(1+u) over its extension by
// u² = -1.
var pBLS12381 = number("4002409555221667393417789825735904156556882819939007885332058136124031650490837864442687629129015664037894272559787")

// Flags in the first byte of a compressed point (the same, appendix C).
const (
	blsCompressed = 0x80
	blsInfinity   = 0x40
	blsSign       = 0x20
)

// nameBLS12381G2 is in the multicodec table.
const nameBLS12381G2 = "bls12_381-g2-pub"

// BLS12381G2 returns the public key of a compressed point, at which nothing has
// looked yet.
func BLS12381G2(raw []byte) Other {
	return Other{Code: CodeBLS12381G2, Name: nameBLS12381G2, Bytes: raw}
}

// checkBLS12381G2 looks whether there is a point of the curve with this x.
// That it is in the subgroup, BBS itself checks.
func checkBLS12381G2(raw []byte) error {
	if raw[0]&blsCompressed == 0 || raw[0]&blsInfinity != 0 {
		return ErrPoint
	}
	im := new(big.Int).SetBytes(append([]byte{raw[0] & (blsSign - 1)}, raw[1:48]...))
	re := new(big.Int).SetBytes(raw[48:])
	if im.Cmp(pBLS12381) >= 0 || re.Cmp(pBLS12381) >= 0 {
		return ErrPoint
	}
	a, b := cube(re, im)
	a.Add(a, big.NewInt(4))
	b.Add(b, big.NewInt(4))
	// An element of the extension is a square where its norm, a² + b², is one.
	norm := a.Add(a.Mul(a, a), b.Mul(b, b))
	if big.Jacobi(norm.Mod(norm, pBLS12381), pBLS12381) == -1 {
		return ErrPoint
	}
	return nil
}

// cube returns (a + bu)³ = a³ - 3ab² + (3a²b - b³)u, not reduced.
func cube(a, b *big.Int) (re, im *big.Int) {
	a2, b2 := new(big.Int).Mul(a, a), new(big.Int).Mul(b, b)
	three := big.NewInt(3)
	re = new(big.Int).Mul(a, new(big.Int).Sub(a2, new(big.Int).Mul(three, b2)))
	im = new(big.Int).Mul(b, new(big.Int).Sub(new(big.Int).Mul(three, a2), b2))
	return re, im
}
