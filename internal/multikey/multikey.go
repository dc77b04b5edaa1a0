// Package multikey encodes public keys as Multikey values and did:key
// identifiers.
//
// A value is a multibase string of a multicodec number, as a varint, and the
// raw key: for Ed25519 the number 0xed and 32 bytes. The texts give each type
// of key one base only, so that a key has one value and a value one key:
// base58-btc with the prefix "z", or for ML-DSA base64url with the prefix "u".
//
// Keys have the types of the standard library: ed25519.PublicKey,
// *ecdsa.PublicKey and *ecdh.PublicKey (X25519); those of ML-DSA-44 have
// *mldsa.PublicKey of filippo.io/mldsa. For curves that neither knows there is
// [Other]. A point that is not on its curve is refused; whether
// it is in the right subgroup is for the cryptosuite to see.
//
// Errors wrap [ErrInvalid], and where it fits [ErrUnsupported], [ErrLength] or
// [ErrPoint].
//
// Source: Controlled Identifiers 1.0, section 2.2.2 (Multikey); The did:key
// Method, sections 2 and 3; SEC 1, section 2.3; RFC 8032, section 5.1.3;
// Quantum-Resistant Cryptosuites v1.0 (draft), "Multikey".
package multikey

import (
	"crypto"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/multiformats/go-multibase"
	"github.com/multiformats/go-varint"
)

// Errors that callers can tell apart with [errors.Is]; each is an ErrInvalid.
var (
	ErrInvalid     = errors.New("not a usable public key")
	ErrUnsupported = fmt.Errorf("%w: the type of key is not supported", ErrInvalid)
	ErrLength      = fmt.Errorf("%w: it has the wrong length for its type", ErrInvalid)
	ErrPoint       = fmt.Errorf("%w: it is not a point of its curve that a key can be", ErrInvalid)
)

// DIDPrefix starts every did:key identifier.
const DIDPrefix = "did:key:"

// Caps on the text of a key. That of base58 is because reading it takes
// quadratic time; the longest key, of BLS12-381 G2, has 135 characters. In
// base64url a key of ML-DSA-44 has 1753, and longer ones of its kind are told
// apart from what is no key.
const (
	maxBase58    = 512
	maxBase64URL = 4096
)

// Encode returns the Multikey value of key.
func Encode(key crypto.PublicKey) (string, error) {
	c, raw, err := encode(key)
	if err != nil {
		return "", err
	}
	return multibase.Encode(c.base, append(varint.ToUvarint(c.code), raw...))
}

// Decode returns the public key that a Multikey value holds.
func Decode(value string) (crypto.PublicKey, error) {
	base, data, err := decodeBase(value)
	if err != nil {
		return nil, err
	}
	code, n, err := varint.FromUvarint(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if c, err := codecOf(code); err == nil && c.base != base {
		return nil, fmt.Errorf("%w: %s in another base than its own, whose prefix is %c", ErrInvalid, c.name, c.base)
	}
	return FromRaw(code, data[n:])
}

func decodeBase(value string) (base multibase.Encoding, data []byte, err error) {
	switch {
	case strings.HasPrefix(value, "z") && len(value) <= maxBase58:
	case strings.HasPrefix(value, "u") && len(value) <= maxBase64URL:
	default:
		return 0, nil, fmt.Errorf("%w: a Multikey is base58-btc with the prefix z, or base64url with the prefix u", ErrInvalid)
	}
	base, data, err = multibase.Decode(value)
	if err != nil {
		return 0, nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	// The decoder of base64url passes over line breaks and bits that are left.
	if base == base64URL && value != "u"+base64.RawURLEncoding.EncodeToString(data) {
		return 0, nil, fmt.Errorf("%w: not the text of its bytes in base64url", ErrInvalid)
	}
	return base, data, nil
}

// DID returns the did:key identifier of key, and the DID URL of its
// verification method.
func DID(key crypto.PublicKey) (id, method string, err error) {
	value, err := Encode(key)
	if err != nil {
		return "", "", err
	}
	return DIDPrefix + value, DIDPrefix + value + "#" + value, nil
}

// FromDID returns the public key that a did:key identifier, without fragment,
// stands for.
func FromDID(id string) (crypto.PublicKey, error) {
	value, ok := strings.CutPrefix(id, DIDPrefix)
	if !ok {
		return nil, fmt.Errorf("%w: %.80q is not a did:key", ErrInvalid, id)
	}
	return Decode(value)
}
