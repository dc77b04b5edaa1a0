package logproof_test

import (
	"bytes"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/chancery-vc/chancery/verifier/logproof"
)

// planted returns the entries of a log of n records, with their leaves, as the
// package tlog makes the tree.
func planted(t testing.TB, n int) ([]logproof.Entry, memory) {
	t.Helper()
	return plantedOf(t, chain(t, n))
}

func plantedOf(t testing.TB, log []entry) ([]logproof.Entry, memory) {
	t.Helper()
	var entries []logproof.Entry
	var nodes memory
	for i, e := range log {
		leaf := logproof.Leaf{Salt: logproof.Salt(logproof.HashOf(fmt.Append(nil, "salt", i)))}
		hash := tlog.Hash(logproof.LeafHash(logproof.Commit(leaf.Salt, e.data)))
		completed, err := tlog.StoredHashesForRecordHash(int64(i), hash, nodes)
		if err != nil {
			t.Fatal(err)
		}
		for _, hash := range completed {
			leaf.Hashes = append(leaf.Hashes, logproof.Hash(hash))
			nodes = append(nodes, hash)
		}
		entries = append(entries, logproof.Entry{Number: uint64(i), Record: e.data, Leaf: leaf.Encode()})
	}
	return entries, nodes
}

// memory has the nodes of a tree in the order of package tlog.
type memory []tlog.Hash

func (m memory) ReadHashes(indices []int64) ([]tlog.Hash, error) {
	var hashes []tlog.Hash
	for _, index := range indices {
		hashes = append(hashes, m[index])
	}
	return hashes, nil
}

// state returns the checkpoint of the first n entries.
func (m memory) state(t testing.TB, entries []logproof.Entry, n int) logproof.Checkpoint {
	t.Helper()
	root, err := tlog.TreeHash(int64(n), m)
	if err != nil {
		t.Fatal(err)
	}
	c := logproof.Checkpoint{Origin: origin, Size: uint64(n), Root: logproof.Hash(root)}
	if n > 0 {
		c.Head = logproof.HashOf(entries[n-1].Record)
	}
	return c
}

// inTree returns the numbers of the records that a walk over all finds fault
// with.
func inTree(entries []logproof.Entry, checkpoints ...logproof.Checkpoint) []uint64 {
	var numbers []uint64
	for _, f := range logproof.WalkTree(slices.Values(entries), checkpoints, nil).Findings {
		numbers = append(numbers, f.Sequence)
	}
	slices.Sort(numbers)
	return numbers
}

func TestWholeTree(t *testing.T) {
	for _, n := range []int{0, 1, 2, 3, 7, 8, 9, 255, 256, 257, 600} {
		entries, nodes := planted(t, n)
		var all []logproof.Checkpoint
		for size := range n + 1 {
			all = append(all, nodes.state(t, entries, size))
		}
		r := logproof.WalkTree(slices.Values(entries), all, nil)
		if len(r.Findings) > 0 || r.Size != uint64(n) || r.Leaves != uint64(n) || r.Root != all[n].Root || r.Head != all[n].Head {
			t.Errorf("%d records: %+v", n, r)
		}
	}
}

// TestEachFlippedBitOfALeaf finds each flipped bit of a salt or of the tree,
// and names the record beside which it stands and no other.
func TestEachFlippedBitOfALeaf(t *testing.T) {
	const n = 24
	entries, nodes := planted(t, n)
	whole := nodes.state(t, entries, n)
	for i, e := range entries {
		for bit := range len(e.Leaf) * 8 {
			if testing.Short() && bit%23 != 0 {
				continue
			}
			altered := slices.Clone(entries)
			altered[i].Leaf = bytes.Clone(e.Leaf)
			altered[i].Leaf[bit/8] ^= 1 << (bit % 8)
			if got := inTree(altered, whole); !slices.Equal(got, []uint64{uint64(i)}) {
				t.Errorf("bit %d beside record %d: found %v", bit, i, got)
			}
		}
	}
}

// TestEachEntry does to each entry what somebody who can write the log can. It
// needs no checkpoint but for what is cut off with its leaves.
func TestEachEntry(t *testing.T) {
	const n = 40
	entries, nodes := planted(t, n)
	whole := nodes.state(t, entries, n)
	with := func(i int, change func(*logproof.Entry)) []logproof.Entry {
		altered := slices.Clone(entries)
		change(&altered[i])
		return altered
	}
	for i := range n {
		record := bytes.Replace(entries[i].Record, []byte("counter"), []byte("counteR"), 1)
		rechained := entriesOf(rechained(t, replaced(chain(t, n), i, record), i+1), entries)
		for name, c := range map[string]struct {
			log  []logproof.Entry
			want []uint64
		}{
			"dropped":                     {slices.Concat(entries[:i], entries[i+1:]), []uint64{uint64(i)}},
			"doubled":                     {slices.Concat(entries[:i+1], entries[i:]), []uint64{uint64(i)}},
			"record dropped":              {with(i, func(e *logproof.Entry) { e.Record = nil }), []uint64{uint64(i)}},
			"record altered":              {with(i, func(e *logproof.Entry) { e.Record = record }), []uint64{uint64(i)}},
			"leaf dropped":                {with(i, func(e *logproof.Entry) { e.Leaf = nil }), []uint64{uint64(i)}},
			"leaf emptied":                {with(i, func(e *logproof.Entry) { e.Leaf = []byte{} }), []uint64{uint64(i)}},
			"leaf longer":                 {with(i, func(e *logproof.Entry) { e.Leaf = append(bytes.Clone(e.Leaf), e.Leaf[:32]...) }), []uint64{uint64(i)}},
			"cut off after it":            {entries[:i+1], []uint64{uint64(i + 1)}},
			"records cut off, not leaves": {slices.Concat(entries[:i], withoutRecords(entries[i:])), []uint64{uint64(i)}},
			"those before cut off":        {entries[i:], []uint64{0}},
			"altered and rechained":       {rechained, numbersFrom(i, n)},
		} {
			if i == n-1 && name == "cut off after it" || i == 0 && name == "those before cut off" {
				continue // nothing was
			}
			if got := inTree(c.log, whole); !slices.Equal(got, c.want) {
				t.Errorf("record %d %s: found %v, want %v", i, name, got, c.want)
			}
			if name == "cut off after it" || i == n-1 && name == "dropped" {
				continue // which only a checkpoint tells
			}
			if got := inTree(c.log); !slices.Equal(got, c.want) {
				t.Errorf("record %d %s, without a checkpoint: found %v, want %v", i, name, got, c.want)
			}
		}
	}
}

// entriesOf returns records with the leaves of others.
func entriesOf(log []entry, leaves []logproof.Entry) []logproof.Entry {
	entries := slices.Clone(leaves)
	for i, e := range log {
		entries[i].Record = e.data
	}
	return entries
}

func withoutRecords(entries []logproof.Entry) []logproof.Entry {
	leaves := slices.Clone(entries)
	for i := range leaves {
		leaves[i].Record = nil
	}
	return leaves
}

func numbersFrom(first, end int) (numbers []uint64) {
	for n := first; n < end; n++ {
		numbers = append(numbers, uint64(n))
	}
	return numbers
}

// TestRewrittenTree alters a record and makes chain and tree fit. Only the
// checkpoints tell: the first of them that covers the record.
func TestRewrittenTree(t *testing.T) {
	entries, nodes := planted(t, length)
	checkpoints := []logproof.Checkpoint{nodes.state(t, entries, 10), nodes.state(t, entries, length)}
	checkpoints[1].Head = logproof.Hash{} // is replaced: the root alone must tell
	for i := range length {
		forged := rewritten(t, entries, i)
		if got := inTree(forged); got != nil {
			t.Fatalf("record %d: it was not made to fit: %v", i, got)
		}
		want := []uint64{9, length - 1}
		if i >= 10 {
			want = want[1:]
		}
		checkpoints[0].Head = logproof.HashOf(forged[9].Record)
		checkpoints[1].Head = logproof.HashOf(forged[length-1].Record)
		if got := inTree(forged, checkpoints...); !slices.Equal(got, want) {
			t.Errorf("record %d: found %v, want %v", i, got, want)
		}
	}
}

// rewritten returns entries with record i altered, and all after it made to
// fit.
func rewritten(t *testing.T, entries []logproof.Entry, i int) []logproof.Entry {
	t.Helper()
	log := replaced(chain(t, len(entries)), i, bytes.Replace(entries[i].Record, []byte("counter"), []byte("counteR"), 1))
	return resealed(t, entriesOf(rechained(t, log, i+1), entries))
}

// TestOldLog: a log of format 1 has no tree, or the beginning of one, and is
// whole.
func TestOldLog(t *testing.T) {
	entries := old(t, 20)
	for leaves := range 21 {
		part := slices.Clone(entries)
		for i := leaves; i < len(part); i++ {
			part[i].Leaf = nil
		}
		head := logproof.HashOf(entries[19].Record)
		r := logproof.WalkTree(slices.Values(part), []logproof.Checkpoint{{Origin: origin, Size: 20, Head: head}}, nil)
		if len(r.Findings) > 0 || r.Leaves != uint64(leaves) || (r.Root != logproof.Hash{}) != (leaves == 20) {
			t.Errorf("%d leaves: %+v", leaves, r)
		}
		part[12].Leaf, part[15].Leaf = nil, entries[15].Leaf
		if got := inTree(part); leaves <= 12 && !slices.Equal(got, []uint64{uint64(leaves)}) || leaves > 12 && len(got) == 0 {
			t.Errorf("%d leaves, of which one is gone: found %v", leaves, got)
		}
		if leaves == 20 {
			continue
		}
		named := inTree(part[:15], logproof.Checkpoint{Origin: origin, Size: 15, Root: head, Head: logproof.HashOf(entries[14].Record)})
		if leaves < 12 && !slices.Equal(named, []uint64{14}) {
			t.Errorf("%d leaves, and a checkpoint with a root: found %v", leaves, named)
		}
	}
}

// old returns the entries of a log of format 1 that got its tree later.
func old(t *testing.T, n int) []logproof.Entry {
	t.Helper()
	log := chain(t, n)
	for i := range log {
		log[i].data = bytes.Replace(log[i].data, fmt.Appendf(nil, `"format":%d`, logproof.Format), []byte(`"format":1`), 1)
	}
	entries, _ := planted(t, n)
	log = rechained(t, log, 0)
	for i := range entries {
		entries[i].Record = log[i].data
	}
	return resealed(t, entries)
}

// resealed makes the leaves fit the records.
func resealed(t *testing.T, entries []logproof.Entry) []logproof.Entry {
	t.Helper()
	var nodes memory
	for n := range entries {
		leaf, err := logproof.DecodeLeaf(uint64(n), entries[n].Leaf)
		if err != nil {
			t.Fatal(err)
		}
		completed, err := tlog.StoredHashesForRecordHash(int64(n), tlog.Hash(logproof.LeafHash(logproof.Commit(leaf.Salt, entries[n].Record))), nodes)
		if err != nil {
			t.Fatal(err)
		}
		for level, hash := range completed {
			leaf.Hashes[level] = logproof.Hash(hash)
			nodes = append(nodes, hash)
		}
		entries[n].Leaf = leaf.Encode()
	}
	return entries
}

// TestFarNumbers: a key of which a high bit flipped costs no more than another.
func TestFarNumbers(t *testing.T) {
	entries, _ := planted(t, 10)
	entries[9].Number = 1 << 62
	r := logproof.WalkTree(slices.Values(entries), nil, nil)
	if len(r.Findings) == 0 || !strings.Contains(r.Findings[0].String(), "record 9: missing") {
		t.Errorf("%+v", r.Findings)
	}
}

// TestOrder: what workers read comes in order, and nothing after the reader
// stopped.
func TestOrder(t *testing.T) {
	entries, _ := planted(t, 3000)
	next := uint64(0)
	var source iter.Seq[logproof.Entry] = slices.Values(entries)
	r := logproof.WalkTree(source, nil, func(record logproof.Record) {
		if record.Sequence != next {
			t.Fatalf("got record %d, want %d", record.Sequence, next)
		}
		next++
	})
	if next != 3000 || r.Leaves != 3000 {
		t.Errorf("%d seen: %+v", next, r)
	}
}

func TestLeaf(t *testing.T) {
	entries, _ := planted(t, 9)
	for i, e := range entries {
		leaf, err := logproof.DecodeLeaf(uint64(i), e.Leaf)
		if err != nil || !bytes.Equal(leaf.Encode(), e.Leaf) {
			t.Errorf("leaf %d: %v", i, err)
		}
		for cut := range e.Leaf {
			if _, err := logproof.DecodeLeaf(uint64(i), e.Leaf[:cut]); err == nil {
				t.Errorf("leaf %d, cut at %d, is read", i, cut)
			}
		}
	}
}
