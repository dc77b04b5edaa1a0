package cose

import (
	"bytes"
	"fmt"

	gocose "github.com/veraison/go-cose"

	"github.com/chancery-vc/chancery/verifier/proof/jose"
)

// Peek reads a message without verifying anything about it but its form.
func Peek(data []byte) (*jose.Unverified, error) {
	_, u, err := read(data)
	return u, err
}

func read(data []byte) (*gocose.Sign1Message, *jose.Unverified, error) {
	m, err := parse(data)
	if err != nil {
		return nil, nil, err
	}
	u := &jose.Unverified{Document: m.Payload}
	if err := readHeader(u, m.Headers); err != nil {
		return nil, nil, err
	}
	return m, u, nil
}

func parse(data []byte) (*gocose.Sign1Message, error) {
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("%w: %d bytes, more than %d", jose.ErrMalformed, len(data), MaxBytes)
	}
	m := gocose.NewSign1Message()
	if err := m.UnmarshalCBOR(data); err != nil {
		return nil, fmt.Errorf("%w: %w", jose.ErrMalformed, err)
	}
	if len(m.Payload) == 0 {
		return nil, fmt.Errorf("%w: it has no payload", jose.ErrMalformed)
	}
	if len(m.Headers.RawProtected) > MaxHeader || len(m.Headers.RawUnprotected) > MaxHeader {
		return nil, fmt.Errorf("%w: a header is larger than %d bytes", jose.ErrMalformed, MaxHeader)
	}
	return m, checkForm(m, data)
}

// checkForm wants data to be what m is written as. The library leaves the
// protected header as it was, so that its length is compared by itself.
func checkForm(m *gocose.Sign1Message, data []byte) error {
	again, err := m.MarshalCBOR()
	if err != nil {
		return fmt.Errorf("%w: %w", jose.ErrMalformed, err)
	}
	if !bytes.Equal(again, data) || !isShort(m.Headers.RawProtected) {
		return fmt.Errorf("%w: a length is written in more bytes than it needs", jose.ErrMalformed)
	}
	return nil
}

// isShort tells whether the length of a well-formed byte string is written in
// as few bytes as it needs: RFC 8949, section 4.2.1.
func isShort(text []byte) bool {
	const additional = 0x1f
	switch text[0] & additional {
	case 24:
		return text[1] >= 24
	case 25:
		return text[1] != 0
	case 26:
		return text[1] != 0 || text[2] != 0
	case 27:
		return false // more than is read
	default:
		return true
	}
}
