package issuancelog

import (
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// end is where the chain ends. The records of one transaction share it.
type end struct {
	size uint64
	last []byte    // the last record
	at   time.Time // of the last record
}

type endKey struct{}

func endOf(tx *store.Tx) (e end, err error) {
	if e, ok := tx.Kept(endKey{}).(end); ok {
		return e, nil
	}
	if e.size, e.last, err = length(tx, bucketRecords); err != nil || e.size == 0 {
		return e, err
	}
	e.at, err = timeOfLast(e.last)
	return e, err
}

// edge is the right edge of the tree: the roots of the complete subtrees that a
// tree of size leaves consists of, one for each 1 bit of size, as far as they
// have been read. The records of one transaction share it.
type edge struct {
	size  uint64
	roots [64]logproof.Hash // by level
	known uint64            // a bit for each level
}

type edgeKey struct{}

func edgeOf(tx *store.Tx, size uint64) *edge {
	if e, ok := tx.Kept(edgeKey{}).(*edge); ok && e.size == size {
		return e
	}
	e := &edge{size: size}
	tx.Keep(edgeKey{}, e)
	return e
}

// add adds a leaf, and returns the hashes that it completes.
func (e *edge) add(tx *store.Tx, leaf logproof.Hash) (completed []logproof.Hash, err error) {
	completed = []logproof.Hash{leaf}
	level := 0
	for ; e.size>>level&1 == 1; level++ {
		left, err := e.root(tx, level)
		if err != nil {
			return nil, err
		}
		completed = append(completed, logproof.Hash(tlog.NodeHash(tlog.Hash(left), tlog.Hash(completed[level]))))
	}
	e.size++
	e.roots[level] = completed[level]
	e.known |= 1 << level
	return completed, nil
}

func (e *edge) root(tx *store.Tx, level int) (logproof.Hash, error) {
	if e.known>>level&1 == 1 {
		return e.roots[level], nil
	}
	return nodes{tx}.read(level, int64(e.size>>level)-1)
}
