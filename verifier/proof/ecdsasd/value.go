package ecdsasd

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/fxamacker/cbor/v2"

	"github.com/chancery-vc/chancery/internal/jsonld"

	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/selective"
)

// A proof value is multibase base64url of a header and five components in CBOR
// (sections 3.5.2 and 3.5.7).
const (
	baseHeader    = "\xd9\x5d\x00"
	derivedHeader = "\xd9\x5d\x01"
	components    = 5
)

// Caps on a proof value, and lengths of what is in it. The public key has 35
// bytes; the 36 in section 3.5.8 are a slip of the text, whose examples have 35.
const (
	maxValue      = 1 << 20 // characters
	maxStatements = 4096    // of a document: signatures, indexes; and so labels
	publicKeySize = 35
	hmacKeySize   = 32
	labelSize     = 32
)

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: proofValue: %w", proof.ErrMalformed, fmt.Errorf(format, args...))
}

var decoding = must(cbor.DecOptions{
	DupMapKey:        cbor.DupMapKeyEnforcedAPF,
	IndefLength:      cbor.IndefLengthForbidden,
	TagsMd:           cbor.TagsForbidden,
	MaxNestedLevels:  4,
	MaxArrayElements: max(maxStatements, selective.MaxPointers),
	MaxMapPairs:      maxStatements + 1,
}.DecMode())

var encoding = must(cbor.CoreDetEncOptions().EncMode())

// must is for options that are fixed here.
func must[T any](mode T, err error) T {
	if err != nil {
		panic(err)
	}
	return mode
}

// encode writes the components after a header.
func encode(header string, parts ...any) (string, error) {
	data, err := encoding.Marshal(parts)
	if err != nil {
		return "", err
	}
	value := "u" + base64.RawURLEncoding.EncodeToString(append([]byte(header), data...))
	if len(value) > maxValue {
		return "", fmt.Errorf("%w: a proof value of %d characters, at most %d", ErrTooLarge, len(value), maxValue)
	}
	return value, nil
}

// decode returns the header and the components of a proof value.
func decode(value string) (header string, parts []any, err error) {
	text, ok := strings.CutPrefix(value, "u")
	if !ok || len(value) > maxValue {
		return "", nil, malformed("not base64url with the prefix u, of at most %d characters", maxValue)
	}
	data, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") { // which the decoder passes over
		return "", nil, malformed("not base64url")
	}
	if len(data) < len(baseHeader) {
		return "", nil, malformed("it has no header")
	}
	header, data = string(data[:len(baseHeader)]), data[len(baseHeader):]
	if header != baseHeader && header != derivedHeader {
		return "", nil, malformed("its header %x is not that of ecdsa-sd-2023", header)
	}
	if err := decoding.Unmarshal(data, &parts); err != nil || len(parts) != components {
		return "", nil, malformed("not %d components in CBOR", components)
	}
	// What is not in its shortest form would be shorter now.
	if again, err := encoding.Marshal(parts); err != nil || len(again) != len(data) {
		return "", nil, malformed("its CBOR is not in the shortest form")
	}
	return header, parts, nil
}

// read reads components of the kinds that there are, and remembers the first
// error.
type read struct{ err error }

func (r *read) fail(format string, args ...any) {
	if r.err == nil {
		r.err = malformed(format, args...)
	}
}

func (r *read) bytes(part any, name string, size int) []byte {
	data, ok := part.([]byte)
	if !ok || len(data) != size {
		r.fail("%s is not %d bytes", name, size)
	}
	return data
}

func (r *read) array(part any, name string) []any {
	array, ok := part.([]any)
	if !ok {
		r.fail("%s is not an array", name)
	}
	return array
}

func (r *read) signed(signature, publicKey, signatures any) signed {
	s := signed{signature: r.bytes(signature, "the signature", signatureSize), publicKey: r.bytes(publicKey, "the public key", publicKeySize)}
	for _, item := range r.array(signatures, "the list of signatures") {
		s.signatures = append(s.signatures, r.bytes(item, "a signature", signatureSize))
	}
	return s
}

func (r *read) pointers(part any) (pointers []string) {
	for _, item := range r.array(part, "the list of mandatory pointers") {
		pointer, ok := item.(string)
		if !ok {
			r.fail("a mandatory pointer is not a text")
		}
		pointers = append(pointers, pointer)
	}
	return pointers
}

func (r *read) labels(part any) map[uint64][]byte {
	items, ok := part.(map[any]any)
	if !ok {
		r.fail("the labels are not a map")
	}
	labels := make(map[uint64][]byte, len(items))
	for key, item := range items {
		number, ok := key.(uint64)
		if !ok {
			r.fail("a label has no number")
		}
		labels[number] = r.bytes(item, "a label", labelSize)
	}
	return labels
}

// indexes: section 3.5.4 writes them in ascending order, each once.
func (r *read) indexes(part any) (indexes []int) {
	last := -1
	for _, item := range r.array(part, "the list of mandatory indexes") {
		index, ok := item.(uint64)
		if !ok || index > jsonld.MaxQuads || int(index) <= last {
			r.fail("the mandatory indexes are not numbers in ascending order")
		}
		last = int(index)
		indexes = append(indexes, last)
	}
	return indexes
}

func (v baseValue) encode() (string, error) {
	return encode(baseHeader, v.signature, v.publicKey, v.hmacKey, notNil(v.signatures), notNil(v.mandatory))
}

// notNil: CBOR writes nil as null.
func notNil[T any](items []T) []T { return append([]T{}, items...) }

// decodeBase is section 3.5.3.
func decodeBase(value string) (baseValue, error) {
	header, parts, err := decode(value)
	if err != nil {
		return baseValue{}, err
	}
	if header != baseHeader {
		return baseValue{}, malformed("it is a derived proof already, and no base proof")
	}
	var r read
	v := baseValue{
		signed:    r.signed(parts[0], parts[1], parts[3]),
		hmacKey:   r.bytes(parts[2], "the HMAC key", hmacKeySize),
		mandatory: r.pointers(parts[4]),
	}
	return v, r.err
}

func (v derivedValue) encode() (string, error) {
	return encode(derivedHeader, v.signature, v.publicKey, notNil(v.signatures), v.labels, notNil(v.mandatory))
}

// decodeDerived is section 3.5.8.
func decodeDerived(value string) (derivedValue, error) {
	header, parts, err := decode(value)
	if err != nil {
		return derivedValue{}, err
	}
	if header != derivedHeader {
		return derivedValue{}, proof.ErrBase
	}
	var r read
	v := derivedValue{
		signed:    r.signed(parts[0], parts[1], parts[2]),
		labels:    r.labels(parts[3]),
		mandatory: r.indexes(parts[4]),
	}
	return v, r.err
}
