package sdjwt

import (
	"encoding/base64"
	"fmt"
	"io"
	"strings"

	"github.com/chancery-vc/chancery/internal/strictjson"
)

// saltSize is the length of a salt in bytes: section 9.3.
const saltSize = 16

// disclosure is a claim with its salt: section 4.2.
type disclosure struct {
	element bool   // of an array; otherwise a property
	name    string // of a property
	value   any
}

func parseDisclosure(text string) (disclosure, error) {
	data, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") {
		return disclosure{}, fmt.Errorf("%w: it is not base64url", ErrDisclosure)
	}
	value, err := strictjson.Parse(data, strictjson.Limits{Bytes: MaxLength, Depth: MaxDepth})
	if err != nil {
		return disclosure{}, fmt.Errorf("%w: %w", ErrDisclosure, err)
	}
	parts, ok := value.([]any)
	if !ok || len(parts) != 2 && len(parts) != 3 {
		return disclosure{}, fmt.Errorf("%w: it is not an array of salt, name and value, or of salt and value", ErrDisclosure)
	}
	if _, ok := parts[0].(string); !ok {
		return disclosure{}, fmt.Errorf("%w: the salt is not a text", ErrDisclosure)
	}
	if len(parts) == 2 {
		return disclosure{element: true, value: parts[1]}, nil
	}
	name, ok := parts[1].(string)
	if !ok || reserved(name) {
		return disclosure{}, fmt.Errorf("%w: %.40v cannot be the name of a claim", ErrDisclosure, parts[1])
	}
	return disclosure{name: name, value: parts[2]}, nil
}

// reserved tells whether a claim cannot be called name. The text has _sd and
// ... in section 7.1, step 3.c; _sd_alg must not be nested (section 4.1.1), and
// at the top a disclosure would come too late to name its own hash.
func reserved(name string) bool {
	return name == nameDigests || name == nameElement || name == nameHash
}

// newDisclosure returns the text of a disclosure with a new salt.
func newDisclosure(d disclosure, random io.Reader) (string, error) {
	salt, err := randomText(saltSize, random)
	if err != nil {
		return "", err
	}
	parts := []any{salt, d.name, d.value}
	if d.element {
		parts = []any{salt, d.value}
	}
	data, err := encode(parts)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(data), nil
}

// randomText returns size random bytes in base64url.
func randomText(size int, random io.Reader) (string, error) {
	data := make([]byte, size)
	if _, err := io.ReadFull(random, data); err != nil {
		return "", fmt.Errorf("read random bytes: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(data), nil
}
