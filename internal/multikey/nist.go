package multikey

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
)

const uncompressed = 4 // SEC 1, section 2.3.3: the first byte of x and y

// decodeNIST reads a compressed point (SEC 1, section 2.3.4).
func decodeNIST(curve elliptic.Curve) func([]byte) (crypto.PublicKey, error) {
	return func(raw []byte) (crypto.PublicKey, error) {
		x, y := elliptic.UnmarshalCompressed(curve, raw)
		if x == nil {
			return nil, ErrPoint
		}
		size := len(raw) - 1
		point := make([]byte, 1+2*size)
		point[0] = uncompressed
		x.FillBytes(point[1 : 1+size])
		y.FillBytes(point[1+size:])
		key, err := ecdsa.ParseUncompressedPublicKey(curve, point)
		if err != nil {
			return nil, ErrPoint
		}
		return key, nil
	}
}

func encodeNIST(curve elliptic.Curve) func(crypto.PublicKey) ([]byte, error) {
	return func(key crypto.PublicKey) ([]byte, error) {
		public, ok := key.(*ecdsa.PublicKey)
		if !ok || public == nil || public.Curve != curve {
			return nil, nil
		}
		point, err := public.Bytes()
		if err != nil {
			return nil, err
		}
		size := len(point) / 2
		return Compress(point[1:1+size], point[1+size:]), nil
	}
}

// Compress returns a point of coordinates of full length in compressed form
// (SEC 1, section 2.3.3), whether or not it is on a curve.
func Compress(x, y []byte) []byte {
	sign := byte(2)
	if len(y) > 0 {
		sign |= y[len(y)-1] & 1
	}
	return append([]byte{sign}, x...)
}
