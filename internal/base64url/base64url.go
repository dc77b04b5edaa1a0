// Package base64url reads base64url as RFC 7515, section 2 has it: without
// padding, and one text only for each value.
package base64url

import (
	"encoding/base64"
	"errors"
	"strings"
)

// ErrMalformed means that a text is not the base64url of anything.
var ErrMalformed = errors.New("not base64url without padding and line breaks")

// Decode returns what text is the base64url of.
func Decode(text string) ([]byte, error) {
	data, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") { // which the decoder passes over
		return nil, ErrMalformed
	}
	return data, nil
}
