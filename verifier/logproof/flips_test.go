package logproof_test

import (
	"bytes"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/chancery-vc/chancery/verifier/logproof"
)

// practical returns a log of n records of several kinds, with the members that
// they have in practice.
func practical(t testing.TB, n int) (log []entry) {
	t.Helper()
	digest := logproof.HashOf([]byte("digest")).String()
	question, place, size := uint64(0), 77, uint64(256)
	shapes := []logproof.Record{
		{Kind: logproof.Asked, Caller: digest[:22], Profile: "birth", Subject: digest[1:23]},
		{Kind: logproof.Answered, Question: &question, Columns: []string{"name", "born"}, Released: digest, StatusIndex: &place},
		{Kind: logproof.Refused, Question: &question, Reason: "not found"},
		{Kind: logproof.StatusChanged, Credential: "urn:uuid:5", Status: "revoked"},
		{Kind: logproof.Sealed, Size: &size, Root: "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="},
	}
	previous := ""
	for i := range uint64(n) {
		record := shapes[i%uint64(len(shapes))]
		record.Format, record.Sequence, record.Previous = logproof.Format, i, previous
		record.Time = fmt.Sprintf("2026-07-01T12:%02d:%02dZ", i/60, i%60)
		data, err := logproof.Encode(record)
		if err != nil {
			t.Fatal(err)
		}
		log = append(log, entry{i, data})
		previous = logproof.HashOf(data).String()
	}
	return log
}

// inSegments returns entries of which the first n were moved out, and are read
// together with their segments.
func inSegments(t testing.TB, entries []logproof.Entry, n int) []logproof.Entry {
	t.Helper()
	entries = slices.Clone(entries)
	for i := range n {
		e := &entries[i]
		leaf, err := logproof.DecodeLeaf(e.Number, e.Leaf)
		if err != nil {
			t.Fatal(err)
		}
		e.Sealed, e.Salt = true, leaf.Salt
		leaf.Salt = logproof.Salt(logproof.Commit(leaf.Salt, e.Record))
		e.Leaf = leaf.Encode()
	}
	return entries
}

// part is a part of what a log keeps of a record.
type part int

const (
	ofRecord part = iota
	ofSalt        // which a segment has
	ofLeaf        // the salt, or the commitment, and the hash of the leaf
	ofTree        // the hashes of larger subtrees
)

// bit is one bit of a log.
type bit struct {
	entry, level int // level of the subtree, if it is in the tree
	part         part
	at           int
}

func (b bit) String() string {
	return fmt.Sprintf("bit %d of %s of entry %d", b.at, [...]string{"the record", "the salt", "the leaf", fmt.Sprint("subtree ", b.level)}[b.part], b.entry)
}

// flip flips the bit.
func (b bit) flip(entries []logproof.Entry) {
	e, mask := &entries[b.entry], byte(1)<<(b.at%8)
	switch b.part {
	case ofRecord:
		e.Record = bytes.Clone(e.Record)
		e.Record[b.at/8] ^= mask
	case ofSalt:
		e.Salt[b.at/8] ^= mask
	default:
		e.Leaf = bytes.Clone(e.Leaf)
		e.Leaf[b.at/8+hashBytes*(b.level+min(b.level, 1))] ^= mask
	}
}

const (
	hashBytes = 32
	hashBits  = 8 * hashBytes
)

// bitsOf returns all bits of a part of an entry.
func bitsOf(p part, n, level, count int) (all []bit) {
	for at := range count {
		all = append(all, bit{n, level, p, at})
	}
	return all
}

// besideRecord returns the bits of an entry that only itself, the records after
// it and the leaf next to its own are held against.
func besideRecord(n int, e logproof.Entry) []bit {
	all := slices.Concat(bitsOf(ofRecord, n, 0, len(e.Record)*8), bitsOf(ofLeaf, n, 0, 2*hashBits))
	if e.Sealed {
		all = append(all, bitsOf(ofSalt, n, 0, hashBits)...)
	}
	return all
}

// atOnce does something to each of all, on all processors.
func atOnce[T any](all []T, do func(T)) {
	var workers sync.WaitGroup
	var next atomic.Int64
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(all)); i = next.Add(1) - 1 {
				do(all[i])
			}
		})
	}
	workers.Wait()
}
