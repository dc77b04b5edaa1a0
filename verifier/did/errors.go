package did

import (
	"errors"
	"fmt"

	"github.com/chancery-vc/chancery/internal/multikey"
)

// Code is what the DID texts call an error, as did:key writes it.
type Code string

// Codes of The did:key Method, section 3.1, and DID Resolution 1.0, "Errors".
const (
	InvalidDID               Code = "invalidDid"
	InvalidDIDURL            Code = "invalidDidUrl"
	InvalidDIDDocument       Code = "invalidDidDocument"
	InvalidPublicKey         Code = "invalidPublicKey"
	InvalidPublicKeyLength   Code = "invalidPublicKeyLength"
	InvalidPublicKeyType     Code = "invalidPublicKeyType"
	UnsupportedPublicKeyType Code = "unsupportedPublicKeyType"
	MethodNotSupported       Code = "methodNotSupported"
	NotFound                 Code = "notFound"
	InternalError            Code = "internalError"
)

// Error is an error with its code.
type Error struct {
	Code Code
	err  error
}

func (e *Error) Error() string { return e.err.Error() }

// Unwrap returns the error without its code.
func (e *Error) Unwrap() error { return e.err }

// coded returns an error of a code and a kind.
func coded(code Code, kind error, format string, args ...any) error {
	return &Error{code, fmt.Errorf("%w: %w", kind, fmt.Errorf(format, args...))}
}

// CodeOf returns the code of err, or the one that fits its kind.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	switch {
	case errors.Is(err, ErrUnknown), errors.Is(err, ErrMethod):
		return NotFound
	case errors.Is(err, ErrInvalid):
		return InvalidDIDDocument
	}
	return InternalError
}

// keyCode returns the code of an error about a key, or unread for a text that
// holds none.
func keyCode(err error, unread Code) Code {
	switch {
	case errors.Is(err, multikey.ErrUnsupported):
		return UnsupportedPublicKeyType
	case errors.Is(err, multikey.ErrLength):
		return InvalidPublicKeyLength
	case errors.Is(err, multikey.ErrPoint):
		return InvalidPublicKey
	}
	return unread
}
