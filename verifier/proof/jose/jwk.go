package jose

import (
	"crypto"
	"fmt"

	"github.com/chancery-vc/chancery/internal/strictjson"
)

// Key is the public key of a JSON Web Key, with what that says about its use.
type Key struct {
	Public     crypto.PublicKey
	ID         string   // kid; "" if absent
	Algorithms []string // that it may be used with; never empty
}

// ParseKey reads a public key in JSON (RFC 7517) and judges its use, key_ops
// and alg: one that is not for verifying signatures is refused.
func ParseKey(data []byte) (*Key, error) {
	members, err := strictjson.ParseObject(data, strictjson.Limits{Bytes: MaxHeader})
	if err != nil {
		return nil, fmt.Errorf("%w: not a JSON Web Key", ErrKey) // without err: it could quote a secret
	}
	k := &Key{}
	k.ID, _ = members["kid"].(string)
	if k.Public, k.Algorithms, err = profile.ParseKey(members, data); err != nil {
		return nil, err
	}
	return k, nil
}
