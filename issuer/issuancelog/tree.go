package issuancelog

import (
	"fmt"
	"io"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// addLeaf puts a record into the tree.
func (l *Log) addLeaf(tx *store.Tx, sequence uint64, record logproof.Record, encoded []byte) error {
	var leaf logproof.Leaf
	if _, err := io.ReadFull(l.random, leaf.Salt[:]); err != nil {
		return fmt.Errorf("salt of record %d: %w", sequence, err)
	}
	hash := logproof.LeafHash(record.Commitment(leaf.Salt, encoded))
	var err error
	if leaf.Hashes, err = edgeOf(tx, sequence).add(tx, hash); err != nil {
		return err
	}
	return tx.Append(bucketLeaves, number(sequence), leaf.Encode())
}

// nodes reads the tree of a log. A node is beside the leaf that completed it.
type nodes struct{ tx *store.Tx }

var _ tlog.HashReader = nodes{}

// ReadHashes returns the nodes with these indices.
func (n nodes) ReadHashes(indices []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indices))
	for i, index := range indices {
		hash, err := n.read(tlog.SplitStoredHashIndex(index))
		if err != nil {
			return nil, err
		}
		hashes[i] = tlog.Hash(hash)
	}
	return hashes, nil
}

func (n nodes) read(level int, index int64) (logproof.Hash, error) {
	leaf, err := leafOf(n.tx, uint64(index+1)<<level-1)
	if err != nil {
		return logproof.Hash{}, err
	}
	return leaf.Hashes[level], nil
}

func leafOf(tx *store.Tx, sequence uint64) (logproof.Leaf, error) {
	data := tx.Get(bucketLeaves, number(sequence))
	if data == nil {
		return logproof.Leaf{}, damaged(sequence, "it has no leaf in the tree")
	}
	leaf, err := logproof.DecodeLeaf(sequence, data)
	if err != nil {
		return logproof.Leaf{}, damaged(sequence, err.Error())
	}
	return leaf, nil
}

// damaged says what is wrong with which record.
func damaged(sequence uint64, problem string) error {
	return fmt.Errorf("%w: record %d: %s", ErrDamaged, sequence, problem)
}

func ours(foreign []tlog.Hash) []logproof.Hash {
	hashes := make([]logproof.Hash, len(foreign))
	for i, hash := range foreign {
		hashes[i] = logproof.Hash(hash)
	}
	return hashes
}

// Root returns the root of the tree over the first size records.
func Root(tx *store.Tx, size uint64) (logproof.Hash, error) {
	root, err := tlog.TreeHash(int64(size), nodes{tx})
	return logproof.Hash(root), err
}

// Prove returns the path from a record to the root of the tree over the first
// size records, which has it.
func Prove(tx *store.Tx, sequence, size uint64) ([]logproof.Hash, error) {
	if err := has(tx, size); err != nil {
		return nil, err
	}
	if sequence >= size {
		return nil, fmt.Errorf("the log of %d records has no record %d; the last is %d", size, sequence, int64(size)-1)
	}
	path, err := tlog.ProveRecord(int64(size), int64(sequence), nodes{tx})
	return ours(path), err
}

// ProveConsistency returns the proof that the tree over the first size records
// begins with the one over the first older ones.
func ProveConsistency(tx *store.Tx, older, size uint64) ([]logproof.Hash, error) {
	if err := has(tx, size); err != nil {
		return nil, err
	}
	if older > size {
		return nil, fmt.Errorf("the log of %d records does not continue one of %d", size, older)
	}
	if older == 0 {
		return nil, nil // any log continues the empty one
	}
	path, err := tlog.ProveTree(int64(size), int64(older), nodes{tx})
	return ours(path), err
}

// has returns an error unless the log has so many records.
func has(tx *store.Tx, size uint64) error {
	records, err := Size(tx)
	if err == nil && size > records {
		err = fmt.Errorf("the log has %d records, fewer than %d", records, size)
	}
	return err
}
