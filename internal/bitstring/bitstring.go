// Package bitstring holds the bits of a status list and its encoded form.
//
// Bit 0 is the left-most one: the highest bit of the first byte. The encoded
// form is the bytes, compressed with GZIP (RFC 1952), as multibase base64url
// without padding, prefix "u".
//
// Source: Bitstring Status List 1.0, sections 3.3 and 3.4. All errors of
// decoding wrap [ErrInvalid].
package bitstring

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
)

// MinLength is the least number of entries in a list, for herd privacy
// (section 6.1).
const MinLength = 131_072

// MaxBytes caps the expanded size of a list: 16 million entries.
const MaxBytes = 2 << 20

// Errors that callers can tell apart with [errors.Is].
var (
	ErrInvalid = errors.New("not a usable status list")
	ErrRange   = errors.New("index is outside of the status list")
)

// Bits is a list of one-bit entries.
type Bits []byte

// New returns a list of n entries, all zero; n is a multiple of eight.
func New(n int) Bits { return make(Bits, n/8) }

// Len returns the number of entries.
func (b Bits) Len() int { return len(b) * 8 }

// Get returns entry i.
func (b Bits) Get(i int) (bool, error) {
	if i < 0 || i >= b.Len() {
		return false, fmt.Errorf("%w: %d of %d", ErrRange, i, b.Len())
	}
	return b[i/8]&mask(i) != 0, nil
}

// Set makes entry i one.
func (b Bits) Set(i int) error {
	if i < 0 || i >= b.Len() {
		return fmt.Errorf("%w: %d of %d", ErrRange, i, b.Len())
	}
	b[i/8] |= mask(i)
	return nil
}

func mask(i int) byte { return 0x80 >> (i % 8) }

// Encode returns the encoded form of b.
func (b Bits) Encode() (string, error) {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		return "", err
	}
	if err := w.Close(); err != nil {
		return "", err
	}
	return "u" + base64.RawURLEncoding.EncodeToString(out.Bytes()), nil
}

// Decode returns the list that an encoded form holds. Lists of less than
// [MinLength] entries or more than [MaxBytes] are refused.
func Decode(encoded string) (Bits, error) {
	if len(encoded) == 0 || encoded[0] != 'u' {
		return nil, fmt.Errorf("%w: not multibase base64url", ErrInvalid)
	}
	packed, err := base64.RawURLEncoding.Strict().DecodeString(encoded[1:])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	reader, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	bits, err := io.ReadAll(io.LimitReader(reader, MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	}
	if len(bits) > MaxBytes || len(bits)*8 < MinLength {
		return nil, fmt.Errorf("%w: %d entries", ErrInvalid, len(bits)*8)
	}
	return bits, nil
}
