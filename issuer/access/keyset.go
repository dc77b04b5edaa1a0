package access

import (
	"crypto"
	"errors"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/jwa"
)

// Caps on a set of keys.
const (
	maxSetBytes = 256 << 10
	maxSetKeys  = 100
)

// publicKey is a key of an authorization server.
type publicKey struct {
	id         string
	key        crypto.PublicKey
	algorithms []string // that it may be used with
}

// keySet are the keys of an authorization server that are of use here.
type keySet []publicKey

// parseKeys reads a JWK set (RFC 7517, section 5). Keys that are of no use here
// are passed over, such as those of RSA; secret ones are an error if strict, and
// else passed over too.
func parseKeys(data []byte, strict bool) (keySet, error) {
	var set struct {
		Keys []jsontext.Value `json:"keys"`
	}
	if err := json.Unmarshal(data, &set); err != nil {
		return nil, errors.New(`it is not a JWK set: {"keys": […]}`)
	}
	if len(set.Keys) > maxSetKeys {
		return nil, fmt.Errorf("it has more than %d keys", maxSetKeys)
	}
	var keys keySet
	for _, text := range set.Keys {
		var members map[string]any
		if err := json.Unmarshal(text, &members); err != nil {
			return nil, errors.New("a key is not an object with each member once")
		}
		key, algorithms, err := signatures.ParseKey(members, text)
		switch {
		case err == nil:
			id, _ := members["kid"].(string)
			keys = append(keys, publicKey{id, key, algorithms})
		case strict && errors.Is(err, jwa.ErrPrivate):
			return nil, fmt.Errorf("a key: %w", err)
		}
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("it has no key for signatures of %v", signatures.Known)
	}
	return keys, nil
}

// find returns the one key that is called id and is for algorithm. Without an id
// it is the only one for it.
func (s keySet) find(id, algorithm string) (crypto.PublicKey, bool) {
	fits := func(k publicKey) bool { return (id == "" || k.id == id) && slices.Contains(k.algorithms, algorithm) }
	at := slices.IndexFunc(s, fits)
	if at < 0 || slices.ContainsFunc(s[at+1:], fits) {
		return nil, false
	}
	return s[at].key, true
}
