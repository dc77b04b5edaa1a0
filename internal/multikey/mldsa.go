package multikey

import (
	"crypto"

	"filippo.io/mldsa"
)

// decodeMLDSA44 takes any bytes of the right length: FIPS 204, algorithm 23
// gives each a meaning.
func decodeMLDSA44(raw []byte) (crypto.PublicKey, error) {
	return mldsa.NewPublicKey(mldsa.MLDSA44(), raw)
}

func encodeMLDSA44(key crypto.PublicKey) ([]byte, error) {
	public, ok := key.(*mldsa.PublicKey)
	if !ok || public == nil || *public == (mldsa.PublicKey{}) || public.Parameters() != mldsa.MLDSA44() {
		return nil, nil
	}
	return public.Bytes(), nil
}
