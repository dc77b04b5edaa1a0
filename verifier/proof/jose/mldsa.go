package jose

import (
	"crypto"
	"fmt"

	"filippo.io/mldsa"
	gojose "github.com/go-jose/go-jose/v4"
)

// Signature algorithms of RFC 9964. They are an experiment, and not among
// [Recommended]: whoever wants them allows them by name.
const (
	MLDSA44 = string(gojose.MLDSA44)
	MLDSA65 = string(gojose.MLDSA65)
	MLDSA87 = string(gojose.MLDSA87)
)

func mldsaAlgorithms() []algorithm {
	return []algorithm{
		{name: MLDSA44, fits: isMLDSA(mldsa.MLDSA44()), verify: verifyMLDSA},
		{name: MLDSA65, fits: isMLDSA(mldsa.MLDSA65()), verify: verifyMLDSA},
		{name: MLDSA87, fits: isMLDSA(mldsa.MLDSA87()), verify: verifyMLDSA},
	}
}

func isMLDSA(set mldsa.Parameters) func(crypto.PublicKey) bool {
	return func(key crypto.PublicKey) bool {
		k, ok := key.(*mldsa.PublicKey)
		return ok && k != nil && k.Parameters() == set
	}
}

// verifyMLDSA: RFC 9964, section 4 has ML-DSA without hashing before, and
// with an empty context.
func verifyMLDSA(key crypto.PublicKey) any {
	return verifierFunc(func(signed, signature []byte) bool {
		return mldsa.Verify(key.(*mldsa.PublicKey), signed, signature, nil) == nil
	})
}

// akpKey reads a key pair of an algorithm (RFC 9964, section 3), of which pub
// is the public key as FIPS 204 has it. The algorithm is part of the key.
func akpKey(name string, pub []byte) (crypto.PublicKey, error) {
	for _, set := range []mldsa.Parameters{mldsa.MLDSA44(), mldsa.MLDSA65(), mldsa.MLDSA87()} {
		if set.String() != name {
			continue
		}
		key, err := mldsa.NewPublicKey(set, pub)
		if err != nil {
			return nil, fmt.Errorf("%w: pub is no public key of %s", ErrKey, name)
		}
		return key, nil
	}
	return nil, fmt.Errorf("%w: kty AKP with alg %.20q", ErrKey, name)
}
