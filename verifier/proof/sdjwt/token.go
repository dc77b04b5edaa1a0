package sdjwt

import (
	"fmt"
	"strings"
)

// separator stands after the JWT and each disclosure.
const separator = "~"

// Token is an SD-JWT, or with a key binding JWT an SD-JWT+KB, taken apart.
// Nothing about it is verified.
type Token struct {
	JWT         string // that the issuer signed, in the compact serialization
	Disclosures []string
	KeyBinding  string // the key binding JWT, or ""
}

// Parse takes apart the compact serialization: section 4.
func Parse(text string) (*Token, error) {
	if len(text) > MaxLength {
		return nil, fmt.Errorf("%w: %d bytes, more than %d", ErrLimit, len(text), MaxLength)
	}
	if n := strings.Count(text, separator); n > MaxDisclosures+1 {
		return nil, fmt.Errorf("%w: more than %d disclosures", ErrLimit, MaxDisclosures)
	}
	parts := strings.Split(text, separator)
	last := len(parts) - 1
	if last == 0 {
		return nil, fmt.Errorf("%w: a JWT alone, without the %q that ends an SD-JWT", ErrMalformed, separator)
	}
	t := &Token{JWT: parts[0], Disclosures: parts[1:last], KeyBinding: parts[last]}
	if err := t.check(); err != nil {
		return nil, err
	}
	return t, nil
}

// check holds the parts against the grammar of section 4.
func (t *Token) check() error {
	if len(t.Disclosures) > MaxDisclosures {
		return fmt.Errorf("%w: more than %d disclosures", ErrLimit, MaxDisclosures)
	}
	if n := len(t.String()); n > MaxLength {
		return fmt.Errorf("%w: %d bytes, more than %d", ErrLimit, n, MaxLength)
	}
	if _, err := splitJWS(t.JWT); err != nil {
		return fmt.Errorf("the JWT of the issuer: %w", err)
	}
	for i, d := range t.Disclosures {
		if d == "" || !isBase64URL(d) {
			return fmt.Errorf("%w: disclosure %d is not base64url", ErrMalformed, i)
		}
	}
	if t.KeyBinding == "" {
		return nil
	}
	if _, err := splitJWS(t.KeyBinding); err != nil {
		return fmt.Errorf("the key binding JWT: %w", err)
	}
	return nil
}

// String returns the compact serialization.
func (t *Token) String() string { return t.presented() + t.KeyBinding }

// presented returns what sd_hash is taken over: section 4.3.1.
func (t *Token) presented() string {
	return strings.Join(append([]string{t.JWT}, t.Disclosures...), separator) + separator
}

func isBase64URL(text string) bool {
	for i := range len(text) {
		switch c := text[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_':
		default:
			return false
		}
	}
	return true
}
