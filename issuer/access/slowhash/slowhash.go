// Package slowhash keeps keys that people chose: of each there is only a hash
// that takes long to compute, so that who finds it cannot try many.
//
// A hash is argon2id in the PHC string format, such as
//
//	$argon2id$v=19$m=65536,t=3,p=1$c2FsdHNhbHRzYWx0c2FsdA$…
//
// with the memory in KiB, salt and hash in base64 without padding. What it costs
// is bounded from both sides: the lower bounds make it slow, and the upper ones
// keep a configuration from filling the memory.
//
// Errors wrap [ErrMalformed].
//
// Source: RFC 9106, sections 3.1 and 4; the PHC string format.
package slowhash

import (
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"

	"golang.org/x/crypto/argon2"
)

// ErrMalformed means that a text is no hash of this package.
var ErrMalformed = errors.New("it is not argon2id in the PHC string format, within its bounds")

// What a hash costs: the second choice of RFC 9106, section 4, on one lane, is
// the least, and what is made here.
const (
	memory, maxMemory = 64 << 10, 256 << 10 // KiB
	passes, maxPasses = 3, 10
	lanes, maxLanes   = 1, 4
	saltBytes         = 16
	maxSaltBytes      = 64
	sumBytes          = 32
)

// Hash is the slow hash of a key.
type Hash struct {
	memory, passes uint32
	lanes          uint8
	salt, sum      []byte
}

// form is the PHC string of argon2id, version 1.3.
var form = regexp.MustCompile(`^\$argon2id\$v=19\$m=([0-9]{1,7}),t=([0-9]{1,2}),p=([0-9])\$([A-Za-z0-9+/]{1,100})\$([A-Za-z0-9+/]{1,100})$`)

// Parse reads a hash.
func Parse(text string) (Hash, error) {
	parts := form.FindStringSubmatch(text)
	if parts == nil {
		return Hash{}, ErrMalformed
	}
	var numbers [3]uint64
	for i := range numbers {
		numbers[i], _ = strconv.ParseUint(parts[i+1], 10, 32) // digits by the form
	}
	h := Hash{memory: uint32(numbers[0]), passes: uint32(numbers[1]), lanes: uint8(numbers[2])}
	var errs [2]error
	h.salt, errs[0] = base64.RawStdEncoding.Strict().DecodeString(parts[4])
	h.sum, errs[1] = base64.RawStdEncoding.Strict().DecodeString(parts[5])
	if err := errors.Join(errs[:]...); err != nil || !h.bounded() {
		return Hash{}, ErrMalformed
	}
	return h, nil
}

func (h Hash) bounded() bool {
	return h.memory >= memory && h.memory <= maxMemory && h.passes >= passes && h.passes <= maxPasses &&
		h.lanes >= lanes && h.lanes <= maxLanes && len(h.salt) >= saltBytes && len(h.salt) <= maxSaltBytes && len(h.sum) == sumBytes
}

// New returns a hash of key with a fresh salt.
func New(key string, random io.Reader) (Hash, error) {
	h := Hash{memory: memory, passes: passes, lanes: lanes, salt: make([]byte, saltBytes)}
	if _, err := io.ReadFull(random, h.salt); err != nil {
		return Hash{}, fmt.Errorf("make a salt: %w", err)
	}
	h.sum = h.of(key)
	return h, nil
}

func (h Hash) of(key string) []byte {
	return argon2.IDKey([]byte(key), h.salt, h.passes, h.memory, h.lanes, sumBytes)
}

// Is tells whether h is of key. It takes as long for any key.
func (h Hash) Is(key string) bool { return subtle.ConstantTimeCompare(h.of(key), h.sum) == 1 }

// String returns the hash in the PHC string format.
func (h Hash) String() string {
	encode := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", h.memory, h.passes, h.lanes, encode(h.salt), encode(h.sum))
}
