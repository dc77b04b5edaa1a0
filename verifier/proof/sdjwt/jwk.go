package sdjwt

import (
	"crypto"
	"fmt"

	"github.com/go-jose/go-jose/v4"

	"github.com/chancery-vc/chancery/internal/jwa"
	"github.com/chancery-vc/chancery/internal/strictjson"
)

// ParsePublicKey reads a JSON Web Key for verifying signatures: RFC 7517,
// section 4. One with a private part is refused, as others can sign with it,
// and so is one that is for another use or algorithm.
func ParsePublicKey(jwk map[string]any) (crypto.PublicKey, error) {
	parameters := map[string]any{}
	for _, name := range []string{"kty", "crv", "x", "y"} { // without certificates, which would be read, too
		if value, ok := jwk[name]; ok {
			parameters[name] = value
		}
	}
	text, err := encode(parameters)
	if err != nil {
		return nil, err
	}
	key, _, err := profile.ParseKey(jwk, text)
	return key, err
}

// jwkOf returns the JSON Web Key of a public key.
func jwkOf(key crypto.PublicKey) (map[string]any, error) {
	if len(jwa.Fitting(key, profile.Known)) == 0 {
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
