package logproof

import (
	"bytes"
	"fmt"

	"github.com/gowebpki/jcs"

	"github.com/chancery-vc/chancery/internal/strictjson"
)

// Digest returns the hash, in base64url, by which a receipt knows a credential
// or statement: of what every copy of it has. That is of JSON its canonical
// form (RFC 8785), of an SD-JWT its token without the disclosures and what
// follows them, of anything else the very bytes.
func Digest(released []byte) (string, error) {
	same, err := lasting(released)
	if err != nil {
		return "", fmt.Errorf("the canonical form of what was released: %w", err)
	}
	return HashOf(same).String(), nil
}

func lasting(released []byte) ([]byte, error) {
	switch {
	case bytes.HasPrefix(bytes.TrimLeft(released, " \t\r\n"), []byte("{")):
		if _, err := strictjson.ParseObject(released, strictjson.Limits{}); err != nil {
			return nil, err // JCS itself rounds numbers and passes over doubled members
		}
		return jcs.Transform(released)
	case bytes.HasPrefix(released, []byte("ey")):
		token, _, _ := bytes.Cut(released, []byte("~")) // RFC 9901, section 4
		return token, nil
	default:
		return released, nil
	}
}
