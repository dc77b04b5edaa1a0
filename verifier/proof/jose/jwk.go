package jose

import (
	"crypto"
	"encoding/base64"
	"fmt"
	"slices"

	gojose "github.com/go-jose/go-jose/v4"

	"github.com/chancery-vc/chancery/internal/strictjson"
)

// Key is the public key of a JSON Web Key, with what that says about its use.
type Key struct {
	Public     crypto.PublicKey
	ID         string   // kid; "" if absent
	Algorithms []string // that it may be used with; never empty
}

// keyTypeAKP is the kty of keys that are for one algorithm: RFC 9964, section 3.
const keyTypeAKP = "AKP"

// privateMembers are the members of private and secret keys in the JSON Web
// Key Parameters registry.
var privateMembers = []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"}

// ParseKey reads a public key in JSON (RFC 7517) and judges its use, key_ops
// and alg: one that is not for verifying signatures is refused.
func ParseKey(data []byte) (*Key, error) {
	members, err := strictjson.ParseObject(data, strictjson.Limits{Bytes: MaxHeader})
	if err != nil {
		return nil, fmt.Errorf("%w: not a JSON Web Key", ErrKey) // without err: it could quote a secret
	}
	for _, name := range privateMembers {
		if _, ok := members[name]; ok {
			return nil, fmt.Errorf("%w: it has the private or secret part, and must be replaced now that it is known", ErrKey)
		}
	}
	if err := checkUse(members); err != nil {
		return nil, err
	}
	k := &Key{}
	k.ID, _ = members["kid"].(string)
	if k.Public, err = publicKey(members, data); err != nil {
		return nil, err
	}
	var all []string
	for _, a := range algorithms() {
		all = append(all, a.name)
	}
	k.Algorithms = Fitting(k.Public, all)
	if alg, ok := members["alg"]; ok {
		k.Algorithms = slices.DeleteFunc(k.Algorithms, func(name string) bool { return any(name) != alg })
	}
	if len(k.Algorithms) == 0 {
		return nil, fmt.Errorf("%w: a %T with alg %.20v", ErrKey, k.Public, members["alg"])
	}
	return k, nil
}

// checkUse: RFC 7517, sections 4.2 and 4.3.
func checkUse(members map[string]any) error {
	if use, ok := members["use"]; ok && use != any("sig") {
		return fmt.Errorf("%w: its use is %.20v, not sig", ErrKey, use)
	}
	value, ok := members["key_ops"]
	if !ok {
		return nil
	}
	operations, _ := value.([]any)
	if !slices.Contains(operations, any("verify")) {
		return fmt.Errorf("%w: its key_ops do not have verify", ErrKey)
	}
	return nil
}

func publicKey(members map[string]any, data []byte) (crypto.PublicKey, error) {
	if members["kty"] == keyTypeAKP {
		name, _ := members["alg"].(string)
		text, _ := members["pub"].(string)
		pub, err := base64.RawURLEncoding.Strict().DecodeString(text)
		if err != nil {
			return nil, fmt.Errorf("%w: pub is not in base64url", ErrKey)
		}
		return akpKey(name, pub)
	}
	var key gojose.JSONWebKey
	if err := key.UnmarshalJSON(data); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return key.Key, nil
}
