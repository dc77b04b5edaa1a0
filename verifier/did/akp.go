package did

import (
	"crypto"
	"encoding/base64"
	"fmt"

	"filippo.io/mldsa"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/multikey"
)

// keyTypeAKP is of keys that are for one algorithm, which is part of the key
// (RFC 9964, section 3).
const keyTypeAKP = "AKP"

// akpKey reads a key of ML-DSA. Multikey has ML-DSA-44 alone, but all three
// sets are for JOSE.
func (k jwk) akpKey() (crypto.PublicKey, error) {
	for _, set := range []mldsa.Parameters{mldsa.MLDSA44(), mldsa.MLDSA65(), mldsa.MLDSA87()} {
		if set.String() != k.Algorithm {
			continue
		}
		pub, err := base64URL(k.Public)
		if err != nil {
			return nil, fmt.Errorf("%w: pub is not base64url", multikey.ErrInvalid)
		}
		key, err := mldsa.NewPublicKey(set, pub)
		if err != nil {
			return nil, fmt.Errorf("%w: %s with %d bytes", multikey.ErrLength, set, len(pub))
		}
		return key, nil
	}
	return nil, fmt.Errorf("%w: kty %s, alg %.20q", multikey.ErrUnsupported, keyTypeAKP, k.Algorithm)
}

func marshalAKP(key *mldsa.PublicKey) (jsontext.Value, error) {
	if key == nil || *key == (mldsa.PublicKey{}) {
		return nil, fmt.Errorf("%w: no key of ML-DSA", multikey.ErrInvalid)
	}
	return json.Marshal(jwk{
		KeyType: keyTypeAKP, Algorithm: key.Parameters().String(), Public: base64.RawURLEncoding.EncodeToString(key.Bytes()),
	})
}

func isMLDSA(key crypto.PublicKey) bool { _, ok := key.(*mldsa.PublicKey); return ok }
