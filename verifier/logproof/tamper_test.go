package logproof_test

import (
	"errors"
	"slices"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/verifier/logproof"
)

// TestExchangedNeighbours exchanges each two neighbours of a log, or a part of
// them, without a checkpoint.
func TestExchangedNeighbours(t *testing.T) {
	const n = 300
	entries, _ := planted(t, n)
	for i := range n - 1 {
		one, two := uint64(i), uint64(i+1)
		for name, c := range map[string]struct {
			exchange func(a, b *logproof.Entry)
			want     []uint64
		}{
			"in order of arrival": {func(a, b *logproof.Entry) { *a, *b = *b, *a }, []uint64{one}},
			"records":             {func(a, b *logproof.Entry) { a.Record, b.Record = b.Record, a.Record }, []uint64{one, two}},
			"leaves":              {func(a, b *logproof.Entry) { a.Leaf, b.Leaf = b.Leaf, a.Leaf }, []uint64{one, two}},
			"salts":               {exchangeSalts, []uint64{one, two}},
			"records and salts": {func(a, b *logproof.Entry) {
				a.Record, b.Record = b.Record, a.Record
				exchangeSalts(a, b)
			}, []uint64{one, two}},
		} {
			altered := slices.Clone(entries)
			c.exchange(&altered[i], &altered[i+1])
			if got := inTree(altered); !slices.Equal(got, c.want) {
				t.Errorf("%s of %d and %d: found %v, want %v", name, i, i+1, got, c.want)
			}
		}
	}
}

func exchangeSalts(a, b *logproof.Entry) {
	salts := [2][]byte{a.Leaf[:32], b.Leaf[:32]}
	a.Leaf = slices.Concat(salts[1], a.Leaf[32:])
	b.Leaf = slices.Concat(salts[0], b.Leaf[32:])
}

// TestPermuted: of records that stand in each other's places, with their leaves
// or without, each is named; by their chain alone no other is.
func TestPermuted(t *testing.T) {
	const n = 40
	entries, _ := planted(t, n)
	log := chain(t, n)
	rapid.Check(t, func(t *rapid.T) {
		places := rapid.Permutation(numbersFrom(0, n)).Draw(t, "places")
		withLeaves := rapid.Bool().Draw(t, "with leaves")
		altered, chained := slices.Clone(entries), slices.Clone(log)
		var moved []uint64
		for to, from := range places {
			if uint64(to) != from {
				moved = append(moved, uint64(to))
			}
			chained[to].data = log[from].data
			altered[to].Record = entries[from].Record
			if withLeaves {
				altered[to].Leaf = entries[from].Leaf
			}
		}
		if got := named(chained); !slices.Equal(got, moved) {
			t.Fatalf("by the chain: found %v, want %v", got, moved)
		}
		got := inTree(altered)
		for _, number := range moved {
			if !slices.Contains(got, number) {
				t.Fatalf("found %v, and not %d", got, number)
			}
		}
	})
}

// TestEdited drops, doubles and moves records, several in one log: the first
// finding is about the first place at which the log is another, and names the
// record that is missing there, or that stands there again.
func TestEdited(t *testing.T) {
	const n = 40
	entries, nodes := planted(t, n)
	whole := nodes.state(t, entries, n)
	rapid.Check(t, func(t *rapid.T) {
		altered := slices.Clone(entries)
		for range rapid.IntRange(1, 5).Draw(t, "edits") {
			from := rapid.IntRange(0, len(altered)-1).Draw(t, "from")
			e := altered[from]
			if rapid.Bool().Draw(t, "take away") {
				altered = slices.Delete(altered, from, from+1)
			}
			if rapid.Bool().Draw(t, "put in") {
				altered = slices.Insert(altered, rapid.IntRange(0, len(altered)).Draw(t, "to"), e)
			}
		}
		first := 0
		for first < len(altered) && altered[first].Number == uint64(first) {
			first++
		}
		if first == n && len(altered) == n {
			return // nothing was
		}
		want := uint64(first)
		if first < len(altered) {
			want = min(want, altered[first].Number)
		}
		found := logproof.WalkTree(slices.Values(altered), []logproof.Checkpoint{whole}, nil).Findings
		if len(found) == 0 || found[0].Sequence != want {
			t.Fatalf("found %v, want %d first", found, want)
		}
	})
}

// TestEachCut cuts off each tail and each head of a log of some hundred records,
// of its state file and of its tiles, and holds the rest against its checkpoint:
// that of an anchor, a witness, or anybody who kept one.
func TestEachCut(t *testing.T) {
	const n = 300
	entries, nodes := planted(t, n)
	whole := nodes.state(t, entries, n)
	for k := 1; k < n; k++ {
		if got := inTree(entries[:k], whole); !slices.Equal(got, []uint64{uint64(k)}) {
			t.Errorf("cut off from %d on: found %v", k, got)
		}
		if got := inTree(entries[k:], whole); !slices.Equal(got, []uint64{0}) {
			t.Errorf("cut off before %d: found %v", k, got)
		}
		if got := inTiles(t, published(t, entries, nodes, k), whole); len(got) == 0 || got[0] != uint64(k/logproof.TileWidth*logproof.TileWidth) {
			t.Errorf("tiles of %d records: found %v", k, got)
		}
	}
}

// TestCheckpointOfAnother: a checkpoint that was signed, and has another size,
// root or last record than the log had, is held against the log at each size,
// and names the last record that it is of, or the first that is not there.
func TestCheckpointOfAnother(t *testing.T) {
	const n = 40
	entries, nodes := planted(t, n)
	for size := 1; size <= n; size++ {
		for name, c := range map[string]struct {
			change func(*logproof.Checkpoint)
			want   uint64
		}{
			"root":            {func(c *logproof.Checkpoint) { c.Root[31] ^= 1 }, uint64(size - 1)},
			"last record":     {func(c *logproof.Checkpoint) { c.Head[31] ^= 1 }, uint64(size - 1)},
			"size, one more":  {func(c *logproof.Checkpoint) { c.Size++ }, uint64(size)},
			"size, one less":  {func(c *logproof.Checkpoint) { c.Size-- }, uint64(size - 2)},
			"size, many more": {func(c *logproof.Checkpoint) { c.Size += 1 << 40 }, n},
		} {
			checkpoint := nodes.state(t, entries, size)
			if c.change(&checkpoint); checkpoint.Size == 0 {
				continue // which is held against nothing in the log
			}
			if got := inTree(entries, checkpoint); !slices.Equal(got, []uint64{c.want}) {
				t.Errorf("another %s than that of %d records: found %v, want %d", name, size, got, c.want)
			}
		}
	}
}

// TestForkShownToTwo shows a log to one reader and, from some record on,
// another one to another reader. Whatever the size at which each of them has a
// checkpoint, the second finds from that of the first whether it parted before,
// by each way to check. With all checkpoints of the first, it is known where.
func TestForkShownToTwo(t *testing.T) {
	const n = 20
	entries, nodes := planted(t, n)
	var shown []logproof.Checkpoint
	for size := 1; size <= n; size++ {
		shown = append(shown, nodes.state(t, entries, size))
	}
	for fork := range n {
		other, otherNodes := grown(t, rewritten(t, entries, fork))
		if got := logproof.WalkTree(slices.Values(other), shown, nil).Findings; len(got) != n-fork || got[0].Sequence != uint64(fork) {
			t.Errorf("parted at %d: found %v", fork, got)
		}
		for size := 1; size <= n; size++ {
			newer := otherNodes.state(t, other, size)
			for _, older := range shown[:size] {
				oneLog(t, fork < int(older.Size), other[:size], otherNodes, older, newer)
			}
		}
	}
}

// grown returns entries with the nodes of their tree.
func grown(t *testing.T, entries []logproof.Entry) ([]logproof.Entry, memory) {
	t.Helper()
	var nodes memory
	for n, e := range entries {
		leaf, err := logproof.DecodeLeaf(uint64(n), e.Leaf)
		if err != nil {
			t.Fatal(err)
		}
		for _, hash := range leaf.Hashes {
			nodes = append(nodes, tlog.Hash(hash))
		}
	}
	return entries, nodes
}

// oneLog holds an older checkpoint against a newer log, which parted from the
// one of that checkpoint or did not.
func oneLog(t *testing.T, parted bool, entries []logproof.Entry, nodes memory, older, newer logproof.Checkpoint) {
	t.Helper()
	var want []uint64
	if parted {
		want = []uint64{older.Size - 1}
	}
	checkpoints := []logproof.Checkpoint{older, newer}
	if got := inTree(entries, checkpoints...); !slices.Equal(got, want) {
		t.Errorf("%d of %d: the walk found %v, want %v", older.Size, newer.Size, got, want)
	}
	folder := published(t, entries, nodes, len(entries))
	if got := inTiles(t, folder, checkpoints...); !slices.Equal(got, want) {
		t.Errorf("%d of %d: the walk over tiles found %v, want %v", older.Size, newer.Size, got, want)
	}
	path := continued(t, entries, nodes, int(older.Size), len(entries)).Path
	if err := logproof.VerifyConsistency(older, newer, path); errors.Is(err, logproof.ErrProof) != parted {
		t.Errorf("%d of %d: the proof says %v", older.Size, newer.Size, err)
	}
	follower, err := logproof.NewFollower(newer, folder)
	if err != nil {
		t.Fatal(err)
	}
	if err := follower.Continues(older); errors.Is(err, logproof.ErrProof) != parted {
		t.Errorf("%d of %d: the follower says %v", older.Size, newer.Size, err)
	}
}
