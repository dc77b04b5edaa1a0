package did

import (
	"context"
	"crypto"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/base64url"
)

const jwkPrefix = "did:jwk:"

// JWK resolves did:jwk identifiers, which hold their own key as a JSON Web
// Key.
type JWK struct{}

var _ Resolver = JWK{}

// Resolve returns the document that id stands for: did:jwk Method
// Specification, "To create the DID Document". The one method is #0, whatever
// the key's kid is.
func (JWK) Resolve(_ context.Context, id string) (*Document, error) {
	value, ok := strings.CutPrefix(id, jwkPrefix)
	if !ok {
		return nil, notMine(id)
	}
	if !isDID(id) {
		return nil, coded(InvalidDID, ErrInvalid, "it is not a DID, or longer than %d characters", maxID)
	}
	text, err := base64url.Decode(value)
	if err != nil {
		return nil, coded(InvalidDID, ErrInvalid, "what follows %s is not base64url", jwkPrefix)
	}
	key, use, err := parseJWK(text)
	if err != nil {
		return nil, coded(keyCode(err, InvalidPublicKey), ErrInvalid, "the key of a did:jwk: %w", err) // without id: it could hold a secret
	}
	listed := usable(key, use)
	if len(listed) == 0 {
		return nil, coded(InvalidPublicKey, ErrInvalid, "the key of a did:jwk: its use is %.20q, for which there is no purpose", use)
	}
	d := newDocument(id)
	d.put(method{
		wireMethod: wireMethod{ID: id + "#0", Type: typeJSONWebKey2020, Controller: id, PublicKeyJWK: jsontext.Value(text)},
		key:        key,
	}, listed...)
	return d, nil
}

// usable returns the purposes that both the type of key and its use (RFC 7517,
// section 4.2) allow. No use allows all, an unknown one none.
func usable(key crypto.PublicKey, use string) (listed []string) {
	signs, agrees := !isX25519(key), !isEd25519(key) && !isMLDSA(key)
	switch use {
	case "":
	case "sig":
		agrees = false
	case "enc":
		signs = false
	default:
		return nil
	}
	if signs {
		listed = append(listed, forSigning...)
	}
	if agrees {
		listed = append(listed, keyAgreement)
	}
	return listed
}
