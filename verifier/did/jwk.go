package did

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"encoding/base64"
	"fmt"
	"slices"

	"filippo.io/mldsa"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/base64url"
	"github.com/chancery-vc/chancery/internal/jwa"
	"github.com/chancery-vc/chancery/internal/multikey"
)

// jwk is a JSON Web Key of an elliptic curve (RFC 7518, section 6.2; RFC 8037,
// section 2; RFC 8812, section 3.1) or of one algorithm (RFC 9964, section 3).
type jwk struct {
	KeyType   string `json:"kty"`
	Curve     string `json:"crv,omitzero"`
	X         string `json:"x,omitzero"`
	Y         string `json:"y,omitzero"`
	Algorithm string `json:"alg,omitzero"`
	Public    string `json:"pub,omitzero"`
	Use       string `json:"use,omitzero"`
}

const (
	keyTypeEC  = "EC"
	keyTypeOKP = "OKP"
)

// jwkCurves are the curves of a JSON Web Key and the keys of the multicodec
// table that stand for the same.
var jwkCurves = []struct {
	keyType, name string
	code          uint64
}{
	{keyTypeOKP, "Ed25519", multikey.CodeEd25519},
	{keyTypeOKP, "X25519", multikey.CodeX25519},
	{keyTypeEC, "P-256", multikey.CodeP256},
	{keyTypeEC, "P-384", multikey.CodeP384},
	{keyTypeEC, "P-521", multikey.CodeP521},
	{keyTypeEC, "secp256k1", multikey.CodeSecp256k1},
}

// parseJWK reads a public key and its use. One with a private member is
// refused (Controlled Identifiers 1.0, section 2.2.3): others can sign with it.
func parseJWK(data []byte) (key crypto.PublicKey, use string, err error) {
	var members map[string]jsontext.Value
	if err := json.Unmarshal(data, &members); err != nil || members == nil {
		return nil, "", fmt.Errorf("%w: not a JSON Web Key", multikey.ErrInvalid) // without err: it could quote a secret
	}
	if jwa.IsPrivate(members) {
		return nil, "", errPrivate
	}
	var k jwk
	if err := json.Unmarshal(data, &k); err != nil {
		return nil, "", fmt.Errorf("%w: %w", multikey.ErrInvalid, err)
	}
	key, err = k.key()
	return key, k.Use, err
}

var errPrivate = fmt.Errorf("%w: %w", multikey.ErrInvalid, jwa.ErrPrivate)

func (k jwk) key() (crypto.PublicKey, error) {
	if k.KeyType == jwa.KeyTypeAKP {
		return jwa.AKP(k.Algorithm, k.Public)
	}
	for _, c := range jwkCurves {
		if c.keyType != k.KeyType || c.name != k.Curve {
			continue
		}
		x, errX := base64url.Decode(k.X)
		y, errY := base64url.Decode(k.Y)
		switch {
		case errX != nil || errY != nil:
			return nil, fmt.Errorf("%w: x or y is not base64url", multikey.ErrInvalid)
		case c.keyType == keyTypeOKP:
			return multikey.FromRaw(c.code, x)
		}
		return pointKey(c.code, x, y)
	}
	return nil, fmt.Errorf("%w: kty %.20q, crv %.20q", multikey.ErrUnsupported, k.KeyType, k.Curve)
}

// pointKey returns the key at a point. Only the parity of y is in the
// compressed form, so that the rest is compared.
func pointKey(code uint64, x, y []byte) (crypto.PublicKey, error) {
	key, err := multikey.FromRaw(code, multikey.Compress(x, y))
	if err != nil {
		return nil, err
	}
	point, err := pointOf(key)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(point, slices.Concat(x, y)) {
		return nil, fmt.Errorf("%w: y is of another point", multikey.ErrPoint)
	}
	return key, nil
}

// pointOf returns x and y of a key of a Weierstrass curve.
func pointOf(key crypto.PublicKey) ([]byte, error) {
	switch key := key.(type) {
	case *ecdsa.PublicKey:
		data, err := key.Bytes()
		if err != nil {
			return nil, fmt.Errorf("%w: %w", multikey.ErrPoint, err)
		}
		return data[1:], nil
	case multikey.Other:
		x, y, err := multikey.Secp256k1Point(key)
		return slices.Concat(x, y), err
	}
	return nil, fmt.Errorf("%w: %T has no point", multikey.ErrUnsupported, key)
}

// marshalJWK writes a public key.
func marshalJWK(key crypto.PublicKey) (jsontext.Value, error) {
	if public, ok := key.(*mldsa.PublicKey); ok {
		return marshalAKP(public)
	}
	code, raw, err := multikey.Raw(key)
	if err != nil {
		return nil, err
	}
	for _, c := range jwkCurves {
		if c.code != code {
			continue
		}
		k := jwk{KeyType: c.keyType, Curve: c.name, X: base64.RawURLEncoding.EncodeToString(raw)}
		if c.keyType == keyTypeEC {
			point, err := pointOf(key)
			if err != nil {
				return nil, err
			}
			k.X = base64.RawURLEncoding.EncodeToString(point[:len(point)/2])
			k.Y = base64.RawURLEncoding.EncodeToString(point[len(point)/2:])
		}
		return json.Marshal(k)
	}
	return nil, fmt.Errorf("%w: multicodec %#x has no JSON Web Key", multikey.ErrUnsupported, code)
}
