package jwa

import (
	"crypto"
	"errors"
	"fmt"
	"slices"

	"github.com/go-jose/go-jose/v4"

	"github.com/chancery-vc/chancery/internal/base64url"
)

// ErrPrivate says what to do about a key that [IsPrivate].
var ErrPrivate = errors.New("it has the private or secret part, and must be replaced now that it is known")

// IsPrivate tells whether a key has a member of private and secret keys in the
// JSON Web Key Parameters registry.
func IsPrivate[V any](members map[string]V) bool {
	return slices.ContainsFunc([]string{"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"}, func(name string) bool {
		_, ok := members[name]
		return ok
	})
}

// ParseKey reads a public key. Its members say whether it is private, and what
// it is for (use, key_ops, alg): unless it is a public one, for verifying
// signatures, it is refused. Then the key is read from text, the JSON of them
// all or of fewer. With the key come the known algorithms that it may be used
// with, one or more.
func (p *Profile) ParseKey(members map[string]any, text []byte) (crypto.PublicKey, []string, error) {
	if IsPrivate(members) {
		return nil, nil, fmt.Errorf("%w: %w", p.ErrKey, ErrPrivate)
	}
	if err := checkUse(members); err != nil {
		return nil, nil, fmt.Errorf("%w: %w", p.ErrKey, err)
	}
	key, err := publicKey(members, text)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", p.ErrKey, err)
	}
	names := Fitting(key, p.Known)
	if alg, ok := members["alg"]; ok {
		names = slices.DeleteFunc(names, func(name string) bool { return any(name) != alg })
	}
	if len(names) == 0 {
		return nil, nil, fmt.Errorf("%w: a %T with alg %.20v", p.ErrKey, key, members["alg"])
	}
	return key, names, nil
}

// checkUse: RFC 7517, sections 4.2 and 4.3.
func checkUse(members map[string]any) error {
	if use, ok := members["use"]; ok && use != any("sig") {
		return fmt.Errorf("its use is %.20v, not sig", use)
	}
	value, ok := members["key_ops"]
	if !ok {
		return nil
	}
	if operations, _ := value.([]any); !slices.Contains(operations, any("verify")) {
		return errors.New("its key_ops do not have verify")
	}
	return nil
}

func publicKey(members map[string]any, text []byte) (crypto.PublicKey, error) {
	if members["kty"] == KeyTypeAKP {
		alg, _ := members["alg"].(string)
		pub, _ := members["pub"].(string)
		return AKP(alg, pub)
	}
	// The library passes over line breaks and bits that are left: RFC 7515,
	// section 2 has neither, and a key has one text.
	for _, name := range []string{"x", "y"} {
		if text, ok := members[name].(string); ok {
			if _, err := base64url.Decode(text); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	var key jose.JSONWebKey
	if err := key.UnmarshalJSON(text); err != nil {
		return nil, fmt.Errorf("not a JSON Web Key of P-256, P-384, P-521 or Ed25519: %.200s", err.Error())
	}
	return key.Key, nil
}
