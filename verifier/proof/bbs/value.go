package bbs

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"github.com/fxamacker/cbor/v2"

	"github.com/chancery-vc/chancery/internal/bbs"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/selective"
)

// A proof value is multibase base64url of a header and components in CBOR
// (sections 3.3.1 and 3.3.6). The last byte of the header tells the feature and
// the kind: each feature has an even number, and the odd one after it for what
// is derived.
const (
	headerPrefix = "\xd9\x5d"
	firstHeader  = 2
)

// Caps on a proof value, and lengths of what is in it.
const (
	maxValue      = 1 << 20         // characters
	maxStatements = bbs.MaxMessages // of a document: indexes; and so labels
	signatureSize = bbs.SignatureLength
	headerSize    = 64
	publicKeySize = 96
	hmacKeySize   = 32
	proofFloor    = 272 // of a proof that withholds nothing; each scalar more is 32
	anySize       = -1
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

// encode writes components after the header of a feature.
func encode(f Feature, derived int, parts []any) (string, error) {
	data, err := encoding.Marshal(parts)
	if err != nil {
		return "", err
	}
	header := append([]byte(headerPrefix), byte(firstHeader+2*slices.Index(features, f)+derived))
	value := "u" + base64.RawURLEncoding.EncodeToString(append(header, data...))
	if len(value) > maxValue {
		return "", fmt.Errorf("%w: a proof value of %d characters, at most %d", ErrTooLarge, len(value), maxValue)
	}
	return value, nil
}

// decode returns the feature and the components of a proof value, and whether
// it is a derived one.
func decode(value string) (f Feature, derived bool, parts []any, err error) {
	text, ok := strings.CutPrefix(value, "u")
	if !ok || len(value) > maxValue {
		return "", false, nil, malformed("not base64url with the prefix u, of at most %d characters", maxValue)
	}
	data, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") { // which the decoder passes over
		return "", false, nil, malformed("not base64url")
	}
	rest, ok := strings.CutPrefix(string(data), headerPrefix)
	if !ok || rest == "" || rest[0] < firstHeader || int(rest[0]-firstHeader)/2 >= len(features) {
		return "", false, nil, malformed("it does not start with a header of bbs-2023")
	}
	number := int(rest[0] - firstHeader)
	parts, err = components([]byte(rest[1:]))
	return features[number/2], number%2 == 1, parts, err
}

func components(data []byte) (parts []any, err error) {
	if err := decoding.Unmarshal(data, &parts); err != nil {
		return nil, malformed("its components are not an array in CBOR without tags")
	}
	// What is not in its shortest form would be shorter now.
	if again, err := encoding.Marshal(parts); err != nil || len(again) != len(data) {
		return nil, malformed("its CBOR is not in the shortest form")
	}
	return parts, nil
}

// read takes components in their order, and remembers the first error.
type read struct {
	parts []any
	err   error
}

func (r *read) fail(format string, args ...any) {
	if r.err == nil {
		r.err = malformed(format, args...)
	}
}

func (r *read) next() (part any) {
	if len(r.parts) == 0 {
		r.fail("it has too few components")
		return nil
	}
	part, r.parts = r.parts[0], r.parts[1:]
	return part
}

// end wants nothing to be left.
func (r *read) end() error {
	if len(r.parts) > 0 {
		r.fail("it has too many components")
	}
	return r.err
}

func (r *read) bytes(name string, size int) []byte {
	data, ok := r.next().([]byte)
	if !ok || size != anySize && len(data) != size {
		r.fail("%s is not of bytes, or not of as many as it must have", name)
	}
	return data
}

// proof tells by its length how many scalars it has.
func (r *read) proof() []byte {
	data := r.bytes("the proof", anySize)
	if n := len(data) - proofFloor; n < 0 || n%secretLength != 0 {
		r.fail("the proof has not the length of one")
	}
	return data
}

func (r *read) text(name string) string {
	text, ok := r.next().(string)
	if !ok {
		r.fail("%s is not a text", name)
	}
	return text
}

func (r *read) array(name string) []any {
	array, ok := r.next().([]any)
	if !ok {
		r.fail("%s is not an array", name)
	}
	return array
}

func (r *read) number(name string, part any) uint64 {
	number, ok := part.(uint64)
	if !ok || number > maxStatements {
		r.fail("%s is not a number of at most %d", name, maxStatements)
	}
	return number
}

func (r *read) pointers() (pointers []string) {
	for _, item := range r.array("the list of mandatory pointers") {
		pointer, ok := item.(string)
		if !ok {
			r.fail("a mandatory pointer is not a text")
		}
		pointers = append(pointers, pointer)
	}
	return pointers
}

func (r *read) labels() map[uint64]uint64 {
	items, ok := r.next().(map[any]any)
	if !ok {
		r.fail("the labels are not a map")
	}
	labels := make(map[uint64]uint64, len(items))
	for key, item := range items {
		labels[r.number("a label", key)] = r.number("a label", item)
	}
	return labels
}

// indexes: section 3.3.3 writes them in ascending order, each once.
func (r *read) indexes(name string) (indexes []int) {
	last := -1
	for _, item := range r.array(name) {
		index := int(r.number(name, item))
		if index <= last {
			r.fail("%s are not in ascending order", name)
		}
		last = index
		indexes = append(indexes, last)
	}
	return indexes
}

// notNil: CBOR writes nil as null.
func notNil[T any](items []T) []T { return append([]T{}, items...) }

func (v baseValue) encode() (string, error) {
	parts := []any{v.signature, v.header, v.publicKey, v.hmacKey, notNil(v.mandatory)}
	if v.feature.hasNym() {
		parts = append(parts, v.nymEntropy)
	}
	return encode(v.feature, 0, parts)
}

// decodeBase is section 3.3.2.
func decodeBase(value string) (baseValue, error) {
	f, derived, parts, err := decode(value)
	if err != nil {
		return baseValue{}, err
	}
	if derived {
		return baseValue{}, malformed("it is a derived proof already, and no base proof")
	}
	r := read{parts: parts}
	v := baseValue{
		feature:   f,
		signature: r.bytes("the signature", signatureSize),
		header:    r.bytes("the header", headerSize),
		publicKey: r.bytes("the public key", publicKeySize),
		hmacKey:   r.bytes("the HMAC key", hmacKeySize),
		mandatory: r.pointers(),
	}
	if f.hasNym() {
		v.nymEntropy = r.bytes("the entropy of pseudonyms", secretLength)
	}
	return v, r.end()
}

func (v derivedValue) encode() (string, error) {
	parts := []any{v.proof, v.labels, notNil(v.mandatory), notNil(v.selective), notNil(v.PresentationHeader)}
	if v.Feature.hasNym() {
		parts = append(parts, v.NymDomain, v.Pseudonym)
	}
	if v.Feature != Baseline {
		parts = append(parts, v.count)
	}
	return encode(v.Feature, 1, parts)
}

// decodeDerived is section 3.3.7.
func decodeDerived(value string) (derivedValue, error) {
	f, derived, parts, err := decode(value)
	if err != nil {
		return derivedValue{}, err
	}
	if !derived {
		return derivedValue{}, proof.ErrBase
	}
	r := read{parts: parts}
	v := derivedValue{
		proof:     r.proof(),
		labels:    r.labels(),
		mandatory: r.indexes("the mandatory indexes"),
		selective: r.indexes("the selective indexes"),
		Shown:     Shown{Feature: f, PresentationHeader: r.bytes("the presentation header", anySize)},
	}
	if f.hasNym() {
		v.NymDomain, v.Pseudonym = r.text("the domain of the pseudonym"), r.bytes("the pseudonym", bbs.PseudonymLength)
	}
	if f != Baseline {
		v.count = int(r.number("the number of statements", r.next()))
	}
	return v, r.end()
}
