package logproof

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"time"
)

// ErrReceipt is the kind of every error about a receipt.
var ErrReceipt = errors.New("not a receipt of the log for this credential")

// ReceiptExtension ends the name of a file of receipts: after the whole name of
// the file that has the credential, or the presentation, that they are of.
const ReceiptExtension = ".receipt"

// Caps on receipts.
const (
	// MaxReceiptBytes caps one receipt.
	MaxReceiptBytes = 4 << 10
	// MaxReceipts caps how many are read from one file.
	MaxReceipts = 64
	// MaxReceiptsBytes caps such a file.
	MaxReceiptsBytes = MaxReceipts * MaxReceiptBytes
)

// SignedRoot is the root of a log's tree, as it is signed for receipts. All
// receipts for one state of the log can share it.
type SignedRoot struct {
	Origin    string // of the log
	Method    string // URL of the verification method that signed
	Size      uint64 // number of records
	Time      time.Time
	Signature []byte
}

// SignRoot signs the root of a tree with the Ed25519 key of s.Method.
func SignRoot(s SignedRoot, root Hash, signer crypto.Signer) (SignedRoot, error) {
	if s.Origin == "" || s.Method == "" || s.Size == 0 || s.Size > maxNumber || s.Time.Unix() <= 0 {
		return SignedRoot{}, fmt.Errorf("%w: without a log, a key, a size or a time nothing can be signed", ErrReceipt)
	}
	var err error
	s.Signature, err = s.sign(root, signer)
	return s, err
}

// Receipt shows to who has what was released that the log has it, and nothing
// else of its record: a COSE receipt of inclusion (RFC 9942, section 5.2.1) of
// which the leaf is opened by Parts and the digest of what was released.
type Receipt struct {
	SignedRoot
	Index uint64
	Path  []Hash // from the leaf's sibling to the root's child
	Parts Parts
}

// Verify checks that the log had, among r.Size records, one that released what
// has the digest, see [Digest]; key must be that of r.Method.
func (r Receipt) Verify(key crypto.PublicKey, digest string) error {
	if digest == "" {
		return fmt.Errorf("%w: there is no digest to look for", ErrReceipt)
	}
	root, err := r.root(digest)
	if err != nil {
		return err
	}
	return r.verify(root, key)
}

// root follows the path from the leaf (RFC 9162, section 2.1.3.2).
func (r Receipt) root(digest string) (Hash, error) {
	if r.Index >= r.Size || r.Size > maxNumber {
		return Hash{}, fmt.Errorf("%w: a log of %d records has no record %d", ErrReceipt, r.Size, r.Index)
	}
	hash := LeafHash(r.Parts.Commitment(digest))
	index, last, path := r.Index, r.Size-1, r.Path
	for ; last > 0; index, last = index>>1, last>>1 {
		if index&1 == 0 && index == last {
			continue // it has no sibling, and is its own parent
		}
		if len(path) == 0 {
			return Hash{}, fmt.Errorf("%w: its path is too short", ErrReceipt)
		}
		if index&1 == 1 {
			hash = nodeHash(path[0], hash)
		} else {
			hash = nodeHash(hash, path[0])
		}
		path = path[1:]
	}
	if len(path) > 0 {
		return Hash{}, fmt.Errorf("%w: its path is too long", ErrReceipt)
	}
	return hash, nil
}

// ReadReceipts reads receipts that stand one after another (RFC 8742), as a
// wallet gives them with a presentation.
func ReadReceipts(data []byte) ([]Receipt, error) {
	var all []Receipt
	for len(data) > 0 {
		if len(all) == MaxReceipts {
			return nil, fmt.Errorf("%w: more than %d of them", ErrReceipt, MaxReceipts)
		}
		length, err := itemLength(data)
		if err != nil {
			return nil, err
		}
		r, err := ParseReceipt(data[:length])
		if err != nil {
			return nil, err
		}
		all, data = append(all, r), data[length:]
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%w: it is empty", ErrReceipt)
	}
	return all, nil
}

// ParseReceipt reads a receipt, which must be in its one form. It checks
// nothing else.
func ParseReceipt(data []byte) (Receipt, error) {
	if len(data) > MaxReceiptBytes {
		return Receipt{}, fmt.Errorf("%w: larger than %d bytes", ErrReceipt, MaxReceiptBytes)
	}
	r, err := decodeReceipt(data)
	if err != nil {
		return Receipt{}, err
	}
	if again, err := r.Encode(); err != nil || !bytes.Equal(again, data) {
		return Receipt{}, fmt.Errorf("%w: not in its one form", ErrReceipt)
	}
	return r, nil
}
