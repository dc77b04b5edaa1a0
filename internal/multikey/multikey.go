// Package multikey encodes public keys as Multikey values and did:key
// identifiers.
//
// A value is a multibase string (base58-btc, prefix "z") of a multicodec
// number and the raw key: for Ed25519 the number 0xed and 32 bytes.
//
// Source: Controlled Identifiers 1.0, section 2.2.2 (Multikey); The did:key
// Method, section 3.
package multikey

import (
	"crypto"
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"

	"github.com/multiformats/go-multibase"
	"github.com/multiformats/go-varint"
)

// ErrInvalid is the kind of every error about a malformed or unsupported key.
var ErrInvalid = errors.New("not a usable public key")

// DIDPrefix starts every did:key identifier.
const DIDPrefix = "did:key:"

// codeEd25519 is ed25519-pub of the multicodec table.
const codeEd25519 = 0xed

// maxLength caps the text of a key; the longest key of the multicodec table
// in use here is far shorter.
const maxLength = 512

// Encode returns the Multikey value of key.
func Encode(key crypto.PublicKey) (string, error) {
	public, ok := key.(ed25519.PublicKey)
	if !ok {
		return "", fmt.Errorf("%w: %T", ErrInvalid, key)
	}
	return multibase.Encode(multibase.Base58BTC, append(varint.ToUvarint(codeEd25519), public...))
}

// Decode returns the public key that a Multikey value holds.
func Decode(value string) (crypto.PublicKey, error) {
	if len(value) > maxLength || !strings.HasPrefix(value, "z") {
		return nil, fmt.Errorf("%w: a Multikey is base58-btc with the prefix z", ErrInvalid)
	}
	_, data, err := multibase.Decode(value)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	code, n, err := varint.FromUvarint(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	raw := data[n:]
	if code != codeEd25519 || len(raw) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("%w: multicodec %#x with %d bytes", ErrInvalid, code, len(raw))
	}
	return ed25519.PublicKey(raw), nil
}

// DID returns the did:key identifier of key, and the DID URL of its only
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
