package multikey

import (
	"fmt"
	"math/big"
)

// pSecp256k1 is the field of secp256k1 (SEC 2, section 2.4.1), whose curve is
// y² = x³ + 7.
var pSecp256k1 = number("115792089237316195423570985008687907853269984665640564039457584007908834671663")

func checkSecp256k1(raw []byte) error {
	_, err := secp256k1Y(raw)
	return err
}

// secp256k1Y returns the y of a compressed point.
func secp256k1Y(raw []byte) (*big.Int, error) {
	x := new(big.Int).SetBytes(raw[1:])
	if raw[0]&^1 != 2 || x.Cmp(pSecp256k1) >= 0 {
		return nil, ErrPoint
	}
	square := new(big.Int).Exp(x, big.NewInt(3), pSecp256k1)
	square.Mod(square.Add(square, big.NewInt(7)), pSecp256k1)
	y := new(big.Int).ModSqrt(square, pSecp256k1)
	if y == nil {
		return nil, ErrPoint
	}
	if y.Bit(0) != uint(raw[0]&1) {
		y.Sub(pSecp256k1, y) // never 0: the curve has no point of order 2
	}
	return y, nil
}

// Secp256k1Point returns the coordinates of a key of secp256k1.
func Secp256k1Point(key Other) (x, y []byte, err error) {
	if key.Code != CodeSecp256k1 || len(key.Bytes) != 33 {
		return nil, nil, fmt.Errorf("%w: %s is not of secp256k1", ErrUnsupported, key.Name)
	}
	n, err := secp256k1Y(key.Bytes)
	if err != nil {
		return nil, nil, err
	}
	return key.Bytes[1:], n.FillBytes(make([]byte, 32)), nil
}
