package jwa

import (
	"crypto"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"

	"filippo.io/mldsa"
	"github.com/go-jose/go-jose/v4"
)

// keyTypeAKP is the kty of keys that are for one algorithm: RFC 9964, section 3.
const keyTypeAKP = "AKP"

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
	if members["kty"] == keyTypeAKP {
		return akpKey(members)
	}
	var key jose.JSONWebKey
	if err := key.UnmarshalJSON(text); err != nil {
		return nil, fmt.Errorf("not a JSON Web Key of P-256, P-384, P-521 or Ed25519: %.200s", err.Error())
	}
	return key.Key, nil
}

// akpKey reads a key pair of an algorithm (RFC 9964, section 3), of which pub
// is the public key as FIPS 204 has it. The algorithm is part of the key.
func akpKey(members map[string]any) (crypto.PublicKey, error) {
	name, _ := members["alg"].(string)
	text, _ := members["pub"].(string)
	pub, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, errors.New("pub is not in base64url")
	}
	for _, set := range []mldsa.Parameters{mldsa.MLDSA44(), mldsa.MLDSA65(), mldsa.MLDSA87()} {
		if set.String() != name {
			continue
		}
		key, err := mldsa.NewPublicKey(set, pub)
		if err != nil {
			return nil, fmt.Errorf("pub is no public key of %s", name)
		}
		return key, nil
	}
	return nil, fmt.Errorf("kty AKP with alg %.20q", name)
}
