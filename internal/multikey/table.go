package multikey

import (
	"bytes"
	"crypto"
	"crypto/elliptic"
	"fmt"
	"slices"

	"filippo.io/mldsa"
	"github.com/multiformats/go-multibase"
)

// Multicodec numbers of the public keys that are known here.
const (
	CodeSecp256k1  = 0xe7
	CodeBLS12381G2 = 0xeb
	CodeX25519     = 0xec
	CodeEd25519    = 0xed
	CodeP256       = 0x1200
	CodeP384       = 0x1201
	CodeP521       = 0x1202
	CodeMLDSA44    = 0x1210
)

// The multicodec table keeps private keys together.
const (
	firstPrivate = 0x1300
	lastPrivate  = 0x13ff
)

// codec is how the keys of one multicodec number are read and written.
type codec struct {
	code   uint64
	name   string // in the multicodec table
	base   multibase.Encoding
	size   int // of the raw key, in bytes
	decode func(raw []byte) (crypto.PublicKey, error)
	encode func(key crypto.PublicKey) (raw []byte, err error) // nil bytes for a key of another type
}

// The bases of Multikey values: "Quantum-Resistant Cryptosuites v1.0", section
// "Multikey" has base64url, the older texts have base58-btc.
const (
	base58    = multibase.Base58BTC
	base64URL = multibase.Base64url
)

// table has every type of key; one more is one more row.
var table = []codec{
	other(CodeSecp256k1, "secp256k1-pub", 33, checkSecp256k1),
	other(CodeBLS12381G2, nameBLS12381G2, 96, checkBLS12381G2),
	{CodeX25519, "x25519-pub", base58, 32, decodeX25519, encodeX25519},
	{CodeEd25519, "ed25519-pub", base58, 32, decodeEd25519, encodeEd25519},
	{CodeP256, "p256-pub", base58, 33, decodeNIST(elliptic.P256()), encodeNIST(elliptic.P256())},
	{CodeP384, "p384-pub", base58, 49, decodeNIST(elliptic.P384()), encodeNIST(elliptic.P384())},
	{CodeP521, "p521-pub", base58, 67, decodeNIST(elliptic.P521()), encodeNIST(elliptic.P521())},
	{CodeMLDSA44, "mldsa-44-pub", base64URL, mldsa.MLDSA44PublicKeySize, decodeMLDSA44, encodeMLDSA44},
}

// FromRaw returns the public key of a multicodec number and its raw bytes;
// points of Weierstrass curves are compressed.
func FromRaw(code uint64, raw []byte) (crypto.PublicKey, error) {
	c, err := codecOf(code)
	if err != nil {
		return nil, err
	}
	if len(raw) != c.size {
		return nil, fmt.Errorf("%w: %s with %d bytes instead of %d", ErrLength, c.name, len(raw), c.size)
	}
	key, err := c.decode(bytes.Clone(raw))
	if err != nil {
		return nil, fmt.Errorf("%w (%s)", err, c.name)
	}
	return key, nil
}

func codecOf(code uint64) (codec, error) {
	if i := slices.IndexFunc(table, func(c codec) bool { return c.code == code }); i >= 0 {
		return table[i], nil
	}
	if firstPrivate <= code && code <= lastPrivate {
		return codec{}, fmt.Errorf("%w: multicodec %#x is of a private key, which must be replaced now that it is known", ErrInvalid, code)
	}
	return codec{}, fmt.Errorf("%w: multicodec %#x", ErrUnsupported, code)
}

// Raw returns the multicodec number and the raw bytes of key.
func Raw(key crypto.PublicKey) (code uint64, raw []byte, err error) {
	c, raw, err := encode(key)
	return c.code, raw, err
}

func encode(key crypto.PublicKey) (codec, []byte, error) {
	for _, c := range table {
		raw, err := c.encode(key)
		switch {
		case err != nil:
			return codec{}, nil, fmt.Errorf("%w: %s: %w", ErrInvalid, c.name, err)
		case raw == nil:
			continue
		case len(raw) != c.size:
			return codec{}, nil, fmt.Errorf("%w: %s with %d bytes instead of %d", ErrLength, c.name, len(raw), c.size)
		}
		return c, raw, nil
	}
	return codec{}, nil, fmt.Errorf("%w: %T", ErrUnsupported, key)
}
