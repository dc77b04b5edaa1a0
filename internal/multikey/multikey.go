// Package multikey encodes public keys as Multikey values and did:key
// identifiers.
//
// A value is a multibase string of a multicodec number, as a varint, and the
// raw key: for Ed25519 the number 0xed and 32 bytes. The text gives each type
// of key one base only, base58-btc with the prefix "z", so that a key has one
// value and a value one key.
//
// Keys have the types of the standard library: ed25519.PublicKey,
// *ecdsa.PublicKey and *ecdh.PublicKey (X25519). For curves that it does not
// know there is [Other]. A point that is not on its curve is refused; whether
// it is in the right subgroup is for the cryptosuite to see.
//
// Errors wrap [ErrInvalid], and where it fits [ErrUnsupported], [ErrLength] or
// [ErrPoint].
//
// Source: Controlled Identifiers 1.0, section 2.2.2 (Multikey); The did:key
// Method, sections 2 and 3; SEC 1, section 2.3; RFC 8032, section 5.1.3.
package multikey

import (
	"crypto"
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
	ErrPoint       = fmt.Errorf("%w: it is not a point of its curve", ErrInvalid)
)

// DIDPrefix starts every did:key identifier.
const DIDPrefix = "did:key:"

// maxLength caps the text of a key, because reading base58 takes quadratic
// time; the longest key here, of BLS12-381 G2, has 135 characters.
const maxLength = 512

// Encode returns the Multikey value of key.
func Encode(key crypto.PublicKey) (string, error) {
	code, raw, err := Raw(key)
	if err != nil {
		return "", err
	}
	return multibase.Encode(multibase.Base58BTC, append(varint.ToUvarint(code), raw...))
}

// Decode returns the public key that a Multikey value holds.
func Decode(value string) (crypto.PublicKey, error) {
	data, err := decodeBase(value)
	if err != nil {
		return nil, err
	}
	code, n, err := varint.FromUvarint(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return FromRaw(code, data[n:])
}

func decodeBase(value string) ([]byte, error) {
	if len(value) > maxLength || !strings.HasPrefix(value, "z") {
		return nil, fmt.Errorf("%w: a Multikey is base58-btc with the prefix z", ErrInvalid)
	}
	_, data, err := multibase.Decode(value)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	return data, nil
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
