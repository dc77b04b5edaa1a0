package jwa

import (
	"crypto"
	"fmt"

	"filippo.io/mldsa"

	"github.com/chancery-vc/chancery/internal/base64url"
	"github.com/chancery-vc/chancery/internal/multikey"
)

// KeyTypeAKP is the kty of keys that are for one algorithm, which is part of
// the key: RFC 9964, section 3.
const KeyTypeAKP = "AKP"

// AKP reads the public key pub, as FIPS 204 has it, of the algorithm alg, which
// is ML-DSA of any parameter set. Errors are those of package multikey, which
// itself has ML-DSA-44 alone.
func AKP(alg, pub string) (crypto.PublicKey, error) {
	for _, set := range []mldsa.Parameters{mldsa.MLDSA44(), mldsa.MLDSA65(), mldsa.MLDSA87()} {
		if set.String() != alg {
			continue
		}
		data, err := base64url.Decode(pub)
		if err != nil {
			return nil, fmt.Errorf("%w: pub is not base64url", multikey.ErrInvalid)
		}
		key, err := mldsa.NewPublicKey(set, data)
		if err != nil {
			return nil, fmt.Errorf("%w: %s with %d bytes", multikey.ErrLength, set, len(data))
		}
		return key, nil
	}
	return nil, fmt.Errorf("%w: kty %s, alg %.20q", multikey.ErrUnsupported, KeyTypeAKP, alg)
}
