package multikey

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ed25519"
	"fmt"
	"math/big"
	"slices"
)

// The field and the curve of RFC 8032, section 5.1.
var (
	p25519 = number("57896044618658097711785492504343953926634992332820282019728792003956564819949")
	d25519 = number("37095705934669439343138083508754565189542113879843219016388785533085940283555")
)

// order8 is the y of two of the points of order 8. That of the other two is
// its negative.
var order8 = number("2707385501144840649318225287225658788936804267575313519463743609750303402022")

var one = big.NewInt(1)

func number(decimal string) *big.Int {
	n, _ := new(big.Int).SetString(decimal, 10)
	return n
}

// decodeEd25519 refuses what RFC 8032, section 5.1.3 cannot decode, and what
// is no public key: of a point of small order nobody has the private key, and
// anybody the signatures.
func decodeEd25519(raw []byte) (crypto.PublicKey, error) {
	y, negative := edwardsY(raw)
	if y.Cmp(p25519) >= 0 {
		return nil, ErrPoint
	}
	// x² is (y²-1)/(dy²+1), a square where the product of the two is one.
	square := new(big.Int).Mul(y, y)
	u := new(big.Int).Sub(square, one)
	v := square.Add(square.Mul(square, d25519), one)
	switch big.Jacobi(u.Mod(u.Mul(u, v), p25519), p25519) {
	case -1:
		return nil, ErrPoint
	case 0: // x is 0, which has no negative
		if negative {
			return nil, ErrPoint
		}
	}
	if isSmall(y) {
		return nil, ErrPoint
	}
	return ed25519.PublicKey(raw), nil
}

// isSmall tells whether y is that of one of the eight points whose order
// divides 8.
func isSmall(y *big.Int) bool {
	negative := new(big.Int).Sub(p25519, y)
	return y.Sign() == 0 || y.Cmp(one) == 0 || negative.Cmp(one) == 0 || y.Cmp(order8) == 0 || negative.Cmp(order8) == 0
}

// edwardsY takes an encoded point apart: its y and the sign of its x.
func edwardsY(raw []byte) (y *big.Int, negative bool) {
	bigEndian := slices.Clone(raw)
	slices.Reverse(bigEndian)
	negative = bigEndian[0]&0x80 != 0
	bigEndian[0] &= 0x7f
	return new(big.Int).SetBytes(bigEndian), negative
}

func encodeEd25519(key crypto.PublicKey) ([]byte, error) {
	public, _ := key.(ed25519.PublicKey)
	return public, nil
}

// decodeX25519 takes any 32 bytes: RFC 7748, section 5 gives each a meaning.
func decodeX25519(raw []byte) (crypto.PublicKey, error) {
	key, err := ecdh.X25519().NewPublicKey(raw)
	if err != nil {
		return nil, ErrPoint
	}
	return key, nil
}

func encodeX25519(key crypto.PublicKey) ([]byte, error) {
	public, ok := key.(*ecdh.PublicKey)
	if !ok || public == nil || public.Curve() != ecdh.X25519() {
		return nil, nil
	}
	return public.Bytes(), nil
}

// X25519 returns the key for key agreement whose private key follows from
// that of key (The did:key Method, Derive Encryption Key Algorithm): u is
// (1+y)/(1-y) (RFC 7748, section 4.1).
func X25519(key ed25519.PublicKey) (*ecdh.PublicKey, error) {
	if len(key) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("%w: ed25519-pub with %d bytes", ErrLength, len(key))
	}
	y, _ := edwardsY(key)
	denominator := new(big.Int).Sub(one, y)
	inverse := denominator.ModInverse(denominator.Mod(denominator, p25519), p25519)
	if inverse == nil {
		return nil, fmt.Errorf("%w: the neutral point", ErrPoint)
	}
	u := y.Mod(y.Mul(y.Add(y, one), inverse), p25519)
	raw := u.FillBytes(make([]byte, ed25519.PublicKeySize))
	slices.Reverse(raw)
	return ecdh.X25519().NewPublicKey(raw)
}
