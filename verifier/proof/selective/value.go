package selective

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/fxamacker/cbor/v2"

	"github.com/chancery-vc/chancery/internal/base64url"
	"github.com/chancery-vc/chancery/verifier/proof"
)

// Caps on a proof value.
const (
	MaxValue = 1 << 20 // characters
	MaxItems = 4096    // of an array of it; a map may have one more
)

// A Kind tells the base proofs of an issuer from those that are derived of them.
type Kind byte

// The kinds, by their number in a header.
const (
	Base Kind = iota
	Derived
)

// A Format is how a suite writes its proof values: multibase base64url of a
// header and components, an array in CBOR (Data Integrity ECDSA Cryptosuites
// 1.0, sections 3.5.2 and 3.5.7; Data Integrity BBS Cryptosuites 1.0, sections
// 3.3.1 and 3.3.6). The last byte of the header tells the feature and the kind:
// each feature has an even number, for base proofs, and the odd one after it.
type Format struct {
	Suite    string // the name
	First    byte   // the even number of the first feature
	Features int    // how many there are
	TooLarge error  // means that a value would have more than [MaxValue]
}

const (
	headerPrefix = "\xd9\x5d"
	headerSize   = len(headerPrefix) + 1
)

var decoding = must(cbor.DecOptions{
	DupMapKey:        cbor.DupMapKeyEnforcedAPF,
	IndefLength:      cbor.IndefLengthForbidden,
	TagsMd:           cbor.TagsForbidden,
	MaxNestedLevels:  4,
	MaxArrayElements: max(MaxItems, MaxPointers),
	MaxMapPairs:      MaxItems + 1,
}.DecMode())

var encoding = must(cbor.CoreDetEncOptions().EncMode())

// must is for options that are fixed here.
func must[T any](mode T, err error) T {
	if err != nil {
		panic(err)
	}
	return mode
}

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: proofValue: %w", proof.ErrMalformed, fmt.Errorf(format, args...))
}

// Encode writes components after the header of a feature, the first of which is
// 0.
func (f Format) Encode(feature int, kind Kind, parts []any) (string, error) {
	data, err := encoding.Marshal(parts)
	if err != nil {
		return "", err
	}
	header := append([]byte(headerPrefix), f.First+2*byte(feature)+byte(kind))
	value := "u" + base64.RawURLEncoding.EncodeToString(append(header, data...))
	if len(value) > MaxValue {
		return "", fmt.Errorf("%w: a proof value of %d characters, at most %d", f.TooLarge, len(value), MaxValue)
	}
	return value, nil
}

// DecodeBase reads a base proof value.
func (f Format) DecodeBase(value string) (feature int, parts *Parts, err error) {
	feature, kind, parts, err := f.decode(value)
	if err == nil && kind != Base {
		err = malformed("it is a derived proof already, and no base proof")
	}
	return feature, parts, err
}

// DecodeDerived reads a derived proof value. One of a base proof is refused
// with [proof.ErrBase].
func (f Format) DecodeDerived(value string) (feature int, parts *Parts, err error) {
	feature, kind, parts, err := f.decode(value)
	if err == nil && kind != Derived {
		err = proof.ErrBase
	}
	return feature, parts, err
}

func (f Format) decode(value string) (feature int, kind Kind, parts *Parts, err error) {
	text, ok := strings.CutPrefix(value, "u")
	if !ok || len(value) > MaxValue {
		return 0, 0, nil, malformed("not base64url with the prefix u, of at most %d characters", MaxValue)
	}
	data, err := base64url.Decode(text)
	if err != nil {
		return 0, 0, nil, malformed("not base64url")
	}
	if len(data) < headerSize || string(data[:len(headerPrefix)]) != headerPrefix {
		return 0, 0, nil, malformed("it does not start with a header of %s", f.Suite)
	}
	number := int(data[headerSize-1]) - int(f.First)
	if number < 0 || number >= 2*f.Features {
		return 0, 0, nil, malformed("its header %x is not one of %s", data[:headerSize], f.Suite)
	}
	parts, err = components(data[headerSize:])
	return number / 2, Kind(number % 2), parts, err
}

func components(data []byte) (*Parts, error) {
	var parts []any
	if err := decoding.Unmarshal(data, &parts); err != nil {
		return nil, malformed("its components are not an array in CBOR without tags")
	}
	// What is not in its shortest form would be shorter now.
	if again, err := encoding.Marshal(parts); err != nil || len(again) != len(data) {
		return nil, malformed("its CBOR is not in the shortest form")
	}
	return &Parts{rest: parts}, nil
}
