package logproof

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"math/bits"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
)

// LeafHash returns the hash of a leaf whose data is commitment (RFC 6962,
// section 2.1).
func LeafHash(commitment Hash) Hash {
	var leaf [1 + sha256.Size]byte // 0x00 || commitment
	copy(leaf[1:], commitment[:])
	return sha256.Sum256(leaf[:])
}

func nodeHash(left, right Hash) Hash {
	return Hash(tlog.NodeHash(tlog.Hash(left), tlog.Hash(right)))
}

// ErrLeaf says that bytes are no leaf of the place that they are in.
var ErrLeaf = errors.New("not a leaf of the log's tree")

// Leaf is what a log keeps beside a record: its salt, which is as secret as the
// record, and the hashes that it completes in the tree. Those are the hash of
// the leaf itself and of each complete subtree that ends with it, smallest
// first; with the leaf of number n there are as many subtrees as n has 1 bits
// at its low end.
type Leaf struct {
	Salt   Salt
	Hashes []Hash
}

// Encode returns the bytes of l: the salt and the hashes, one after another.
func (l Leaf) Encode() []byte {
	data := make([]byte, 0, sha256.Size*(1+len(l.Hashes)))
	data = append(data, l.Salt[:]...)
	for _, hash := range l.Hashes {
		data = append(data, hash[:]...)
	}
	return data
}

// DecodeLeaf reads the leaf of a record.
func DecodeLeaf(number uint64, data []byte) (Leaf, error) {
	var l Leaf
	if err := l.decode(number, data); err != nil {
		return Leaf{}, err
	}
	return l, nil
}

// decode reads a leaf into l, whose room for hashes it uses.
func (l *Leaf) decode(number uint64, data []byte) error {
	hashes := 1 + bits.TrailingZeros64(^number)
	if len(data) != sha256.Size*(1+hashes) {
		return fmt.Errorf("%w: %d bytes, and not a salt and %d hashes", ErrLeaf, len(data), hashes)
	}
	l.Salt, l.Hashes = Salt(data), slices.Grow(l.Hashes[:0], hashes)
	for data = data[sha256.Size:]; len(data) > 0; data = data[sha256.Size:] {
		l.Hashes = append(l.Hashes, Hash(data))
	}
	return nil
}

func (h Hash) base64() string { return base64.StdEncoding.EncodeToString(h[:]) }

// parseHash reads a hash in base64, in its one form.
func parseHash(text string) (Hash, error) {
	data, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(data) != sha256.Size || len(text) != base64.StdEncoding.EncodedLen(sha256.Size) {
		return Hash{}, errors.New("not 32 bytes of base64")
	}
	return Hash(data), nil
}
