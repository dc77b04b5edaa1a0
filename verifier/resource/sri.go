package resource

import (
	"encoding/base64"
	"fmt"
	"strings"
)

// space is the white space that may stand between hash expressions.
const space = " \t\n\f\r"

// parseSRI returns the digests of an integrity value that count: those with
// the longest hash.
func parseSRI(text string) ([]digest, error) {
	if len(text) > maxText {
		return nil, fmt.Errorf("%w: longer than %d bytes", ErrMalformed, maxText)
	}
	expressions := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(space, r) })
	if len(expressions) == 0 || len(expressions) > maxDigests {
		return nil, fmt.Errorf("%w: %d hash expressions, not 1 to %d", ErrMalformed, len(expressions), maxDigests)
	}
	var strongest []digest
	for _, expression := range expressions {
		one, err := parseExpression(expression)
		if err != nil {
			return nil, err
		}
		switch {
		case len(strongest) == 0 || len(one.sum) > len(strongest[0].sum):
			strongest = []digest{one}
		case len(one.sum) == len(strongest[0].sum):
			strongest = append(strongest, one)
		}
	}
	return strongest, nil
}

// parseExpression reads an algorithm, "-" and a digest in Base64.
func parseExpression(expression string) (digest, error) {
	expression, _, _ = strings.Cut(expression, "?")
	name, value, ok := strings.Cut(expression, "-")
	if !ok {
		return digest{}, fmt.Errorf("%w: a hash expression is an algorithm, \"-\" and Base64", ErrMalformed)
	}
	h, err := bySRI(name)
	if err != nil {
		return digest{}, err
	}
	sum, err := decodeBase64(value)
	if err != nil {
		return digest{}, fmt.Errorf("%w: what follows %s- is not Base64", ErrMalformed, name)
	}
	return full(h, sum)
}

// toStandard turns the alphabet of base64url into the standard one.
var toStandard = strings.NewReplacer("-", "+", "_", "/")

func decodeBase64(value string) ([]byte, error) {
	if len(value)%4 == 0 { // only then is padding in place
		value = strings.TrimSuffix(strings.TrimSuffix(value, "="), "=")
	}
	return base64.RawStdEncoding.Strict().DecodeString(toStandard.Replace(value))
}

// full is a digest in the whole length of its hash: a shorter one is easier to
// hit.
func full(h hash, sum []byte) (digest, error) {
	if len(sum) != h.is.Size() {
		return digest{}, fmt.Errorf("%w: %s has %d bytes, not %d", ErrMalformed, h.name, h.is.Size(), len(sum))
	}
	return digest{h, sum}, nil
}
