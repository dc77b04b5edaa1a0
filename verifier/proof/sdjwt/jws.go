package sdjwt

import (
	"crypto"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/chancery-vc/chancery/internal/strictjson"
)

// jws is a JWT in the compact serialization, read but not verified.
type jws struct {
	text   string
	header map[string]any
	claims map[string]any
}

// splitJWS returns header, payload and signature of a compact serialization,
// decoded. Base64url must be the one text that there is for the bytes: the
// signature is over the bytes of header and payload, and texts that differ
// would pass for the same.
func splitJWS(text string) ([3][]byte, error) {
	var decoded [3][]byte
	parts := strings.Split(text, ".")
	if len(parts) != len(decoded) {
		return decoded, fmt.Errorf("%w: %d parts, not header, payload and signature", ErrMalformed, len(parts))
	}
	for i, part := range parts {
		data, err := base64.RawURLEncoding.Strict().DecodeString(part)
		if err != nil || part == "" || strings.ContainsAny(part, "\r\n") {
			return decoded, fmt.Errorf("%w: part %d is empty or not base64url", ErrMalformed, i)
		}
		decoded[i] = data
	}
	return decoded, nil
}

func parseJWS(text string) (*jws, error) {
	parts, err := splitJWS(text)
	if err != nil {
		return nil, err
	}
	header, err := strictjson.ParseObject(parts[0], strictjson.Limits{Bytes: MaxHeader})
	if err != nil {
		return nil, fmt.Errorf("%w: the header: %w", ErrMalformed, err)
	}
	claims, err := strictjson.ParseObject(parts[1], strictjson.Limits{Bytes: MaxLength, Depth: MaxDepth})
	if err != nil {
		return nil, fmt.Errorf("%w: the payload: %w", ErrMalformed, err)
	}
	return &jws{text, header, claims}, nil
}

// verify checks the header and the signature, in this order.
func (j *jws) verify(key crypto.PublicKey, allowed, types []string) error {
	// Also the empty list and b64: RFC 7515, section 4.1.11; RFC 7797, section 6.
	if _, ok := j.header["crit"]; ok {
		return fmt.Errorf("%w: crit is %.200v", ErrCritical, j.header["crit"])
	}
	if err := j.checkType(types); err != nil {
		return err
	}
	name, _ := j.header["alg"].(string)
	if err := profile.Check(name, allowed, key); err != nil {
		return err
	}
	return profile.Verify(j.text, name, key)
}

// checkType compares media types (RFC 7515, section 4.1.9; RFC 8725, section
// 3.11). The type "" stands for a header without typ.
func (j *jws) checkType(types []string) error {
	value, present := j.header["typ"]
	name, isText := value.(string)
	if present && (!isText || name == "") {
		return fmt.Errorf("%w: typ is not a text", ErrType)
	}
	for _, t := range types {
		if mediaType(t) == mediaType(name) {
			return nil
		}
	}
	return fmt.Errorf("%w: typ is %.40q, not one of %q", ErrType, name, types)
}

func mediaType(typ string) string {
	return strings.TrimPrefix(strings.ToLower(typ), "application/")
}
