package did

import (
	"crypto"
	"encoding/base64"
	"fmt"

	"filippo.io/mldsa"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/jwa"
	"github.com/chancery-vc/chancery/internal/multikey"
)

func marshalAKP(key *mldsa.PublicKey) (jsontext.Value, error) {
	if key == nil || *key == (mldsa.PublicKey{}) {
		return nil, fmt.Errorf("%w: no key of ML-DSA", multikey.ErrInvalid)
	}
	return json.Marshal(jwk{
		KeyType: jwa.KeyTypeAKP, Algorithm: key.Parameters().String(), Public: base64.RawURLEncoding.EncodeToString(key.Bytes()),
	})
}

func isMLDSA(key crypto.PublicKey) bool { _, ok := key.(*mldsa.PublicKey); return ok }
