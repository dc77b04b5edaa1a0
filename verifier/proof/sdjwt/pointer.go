package sdjwt

import (
	"fmt"
	"strconv"
	"strings"
)

var (
	escape   = strings.NewReplacer("~", "~0", "/", "~1")
	unescape = strings.NewReplacer("~1", "/", "~0", "~")
)

// pointerTo returns the JSON Pointer with these reference tokens.
func pointerTo(tokens []string) string {
	var b strings.Builder
	for _, token := range tokens {
		b.WriteByte('/')
		escape.WriteString(&b, token)
	}
	return b.String()
}

// tokensOf returns the reference tokens of a JSON Pointer.
func tokensOf(pointer string) ([]string, error) {
	if pointer == "" {
		return nil, nil
	}
	rest, ok := strings.CutPrefix(pointer, "/")
	if !ok {
		return nil, fmt.Errorf("%w: %.200q is not a JSON Pointer, as it does not start with /", ErrPointer, pointer)
	}
	tokens := strings.Split(rest, "/")
	for i, token := range tokens {
		tokens[i] = unescape.Replace(token)
		if escape.Replace(tokens[i]) != token {
			return nil, fmt.Errorf("%w: %.200q is not a JSON Pointer: write ~ as ~0", ErrPointer, pointer)
		}
	}
	return tokens, nil
}

// leads tells whether pointer is at, or above, the place of other.
func leads(pointer, other string) bool {
	rest, ok := strings.CutPrefix(other, pointer)
	return ok && (rest == "" || rest[0] == '/')
}

// at returns what a pointer leads to within value.
func at(value any, pointer string) (any, error) {
	tokens, err := tokensOf(pointer)
	if err != nil {
		return nil, err
	}
	for _, token := range tokens {
		next, ok := member(value, token)
		if !ok {
			return nil, fmt.Errorf("%w: nothing is at %.200q", ErrPointer, pointer)
		}
		value = next
	}
	return value, nil
}

func member(value any, token string) (any, bool) {
	switch value := value.(type) {
	case map[string]any:
		next, ok := value[token]
		return next, ok
	case []any:
		i, err := strconv.Atoi(token)
		if err != nil || strconv.Itoa(i) != token || i < 0 || i >= len(value) {
			return nil, false
		}
		return value[i], true
	}
	return nil, false
}
