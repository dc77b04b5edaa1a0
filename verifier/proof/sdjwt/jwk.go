package sdjwt

import (
	"crypto"
	"fmt"
	"slices"

	"github.com/go-jose/go-jose/v4"

	"github.com/chancery-vc/chancery/internal/strictjson"
)

// privateMembers are the members of private and secret keys in the JSON Web
// Key Parameters registry.
var privateMembers = []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"}

// ParsePublicKey reads a JSON Web Key for verifying signatures: RFC 7517,
// section 4. One with a private part is refused, as others can sign with it,
// and so is one that is for another use or algorithm.
func ParsePublicKey(jwk map[string]any) (crypto.PublicKey, error) {
	for _, name := range privateMembers {
		if _, ok := jwk[name]; ok {
			return nil, fmt.Errorf("%w: it has the private part, and must be replaced now that it is known", ErrKey)
		}
	}
	if use, ok := jwk["use"]; ok && use != "sig" {
		return nil, fmt.Errorf("%w: its use is %.20v, not sig", ErrKey, use)
	}
	if operations, ok := jwk["key_ops"]; ok {
		if list, _ := operations.([]any); !slices.Contains(list, any("verify")) {
			return nil, fmt.Errorf("%w: its key_ops do not have verify", ErrKey)
		}
	}
	key, err := parseKey(jwk)
	if err != nil {
		return nil, err
	}
	if name, ok := jwk["alg"]; ok {
		text, _ := name.(string)
		if a, err := algorithmOf(text); err != nil || a.fits(key) != nil {
			return nil, fmt.Errorf("%w: its alg is %.20v", ErrKey, name)
		}
	}
	return key, nil
}

func parseKey(jwk map[string]any) (crypto.PublicKey, error) {
	parameters := map[string]any{}
	for _, name := range []string{"kty", "crv", "x", "y"} { // go-jose would read certificates, too
		if value, ok := jwk[name]; ok {
			parameters[name] = value
		}
	}
	text, err := encode(parameters)
	if err != nil {
		return nil, err
	}
	var key jose.JSONWebKey
	if err := key.UnmarshalJSON(text); err != nil || !key.IsPublic() {
		return nil, fmt.Errorf("%w: not a JSON Web Key of P-256, P-384, P-521 or Ed25519", ErrKey)
	}
	return key.Key, nil
}

// jwkOf returns the JSON Web Key of a public key.
func jwkOf(key crypto.PublicKey) (map[string]any, error) {
	if !slices.ContainsFunc(algorithms(), func(a algorithm) bool { return a.fits(key) == nil }) {
		return nil, fmt.Errorf("%w: a %T cannot be a holder's", ErrKey, key)
	}
	text, err := jose.JSONWebKey{Key: key}.MarshalJSON()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return strictjson.ParseObject(text, strictjson.Limits{})
}

// holderKey returns the key of the cnf claim: RFC 7800, section 3.2. Other
// confirmation methods would have to be fetched, or are for symmetric keys.
func holderKey(cnf any) (crypto.PublicKey, error) {
	members, _ := cnf.(map[string]any)
	jwk, ok := members["jwk"].(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%w: no holder's key is in cnf as a jwk", ErrKeyBinding)
	}
	key, err := ParsePublicKey(jwk)
	if err != nil {
		return nil, fmt.Errorf("%w: the key in cnf: %w", ErrKeyBinding, err)
	}
	return key, nil
}
