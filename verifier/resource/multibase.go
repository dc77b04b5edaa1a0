package resource

import (
	"crypto"
	"fmt"

	"github.com/multiformats/go-multibase"
	"github.com/multiformats/go-varint"
)

// parseMultibase reads a multihash, or a SHA-256 without header.
func parseMultibase(text string) (digest, error) {
	if len(text) > maxText {
		return digest{}, fmt.Errorf("%w: longer than %d bytes", ErrMalformed, maxText)
	}
	data, err := decodeMultibase(text)
	if err != nil {
		return digest{}, err
	}
	// A multihash of 32 bytes would hold a digest of less, which is refused:
	// the two cannot be mixed up.
	if len(data) == crypto.SHA256.Size() {
		return digest{sha2256, data}, nil
	}
	return parseMultihash(data)
}

func decodeMultibase(text string) ([]byte, error) {
	base, data, err := multibase.Decode(text)
	if err != nil || base != multibase.Base64url && base != multibase.Base58BTC {
		return nil, fmt.Errorf("%w: neither base64url (u) nor base58-btc (z)", ErrMalformed)
	}
	// The library overlooks line ends and left-over bits.
	if again, err := multibase.Encode(base, data); err != nil || again != text {
		return nil, fmt.Errorf("%w: its Multibase is not in the one form", ErrMalformed)
	}
	return data, nil
}

// parseMultihash reads the code of a hash, its length and the digest.
func parseMultihash(data []byte) (digest, error) {
	code, n, err := varint.FromUvarint(data)
	if err != nil {
		return digest{}, fmt.Errorf("%w: not a multihash: %w", ErrMalformed, err)
	}
	h, err := byCode(code)
	if err != nil {
		return digest{}, err
	}
	data = data[n:]
	length, n, err := varint.FromUvarint(data)
	if err != nil || length != uint64(len(data)-n) {
		return digest{}, fmt.Errorf("%w: the multihash does not have the length that it says", ErrMalformed)
	}
	return full(h, data[n:])
}
