package issuancelog_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"

	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

const origin = "registry.example/log"

// fill adds n records.
func fill(t *testing.T, l *issuancelog.Log, s *store.Store, n int) {
	t.Helper()
	change(t, s, func(tx *store.Tx) error {
		for range n {
			if err := l.Append(tx, logproof.Record{Kind: logproof.Refused, Reason: "test"}); err != nil {
				return err
			}
		}
		return nil
	})
}

func change(t *testing.T, s *store.Store, change func(*store.Tx) error) {
	t.Helper()
	if err := s.Update(t.Context(), change); err != nil {
		t.Fatal(err)
	}
}

func view(t *testing.T, s *store.Store, read func(*store.Tx) error) {
	t.Helper()
	if err := s.View(read); err != nil {
		t.Fatal(err)
	}
}

func key(n int) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

// commitments returns the leaves of a log, from its records and their salts.
func commitments(t *testing.T, tx *store.Tx, n int) (all [][]byte) {
	t.Helper()
	for i := range n {
		o, err := issuancelog.Opening(tx, uint64(i))
		if err != nil {
			t.Fatal(err)
		}
		c := o.Commitment()
		all = append(all, c[:])
	}
	return all
}

// TestTreeIsThatOfOthers: roots and proofs of each size are what the package of
// others makes of the same leaves.
func TestTreeIsThatOfOthers(t *testing.T) {
	const n = 33
	l, s := open(t)
	fill(t, l, s, n)
	view(t, s, func(tx *store.Tx) error {
		leaves, hasher := commitments(t, tx, n), rfc6962.DefaultHasher
		factory := compact.RangeFactory{Hash: hasher.HashChildren}
		tree := factory.NewEmptyRange(0)
		roots := [][]byte{hasher.EmptyRoot()}
		for _, leaf := range leaves {
			if err := tree.Append(hasher.HashLeaf(leaf), nil); err != nil {
				t.Fatal(err)
			}
			root, err := tree.GetRootHash(nil)
			if err != nil {
				t.Fatal(err)
			}
			roots = append(roots, root)
		}
		for size := range n + 1 {
			c, err := issuancelog.State(tx, origin, uint64(size))
			if err != nil || !bytes.Equal(c.Root[:], roots[size]) {
				t.Fatalf("the tree of %d: %x, %v", size, c.Root, err)
			}
			for i := range size {
				path, err := issuancelog.Prove(tx, uint64(i), uint64(size))
				if err != nil {
					t.Fatal(err)
				}
				if err := proof.VerifyInclusion(hasher, uint64(i), uint64(size), hasher.HashLeaf(leaves[i]), bytesOf(path), roots[size]); err != nil {
					t.Errorf("record %d of %d: %v", i, size, err)
				}
				if path, err = issuancelog.ProveConsistency(tx, uint64(i), uint64(size)); err != nil {
					t.Fatal(err)
				}
				if err := proof.VerifyConsistency(hasher, uint64(i), uint64(size), bytesOf(path), roots[i], roots[size]); err != nil {
					t.Errorf("%d to %d: %v", i, size, err)
				}
			}
		}
		return nil
	})
}

func bytesOf(path []logproof.Hash) (out [][]byte) {
	for _, hash := range path {
		out = append(out, hash[:])
	}
	return out
}

func TestProveRefuses(t *testing.T) {
	l, s := open(t)
	fill(t, l, s, 3)
	view(t, s, func(tx *store.Tx) error {
		for _, c := range [][2]uint64{{3, 3}, {0, 0}, {0, 4}, {1 << 62, 3}, {0, 1 << 62}} {
			if path, err := issuancelog.Prove(tx, c[0], c[1]); err == nil {
				t.Errorf("record %d of %d: %v", c[0], c[1], path)
			}
		}
		for _, c := range [][2]uint64{{3, 2}, {2, 4}} {
			if path, err := issuancelog.ProveConsistency(tx, c[0], c[1]); err == nil {
				t.Errorf("%d to %d: %v", c[0], c[1], path)
			}
		}
		if c, err := issuancelog.State(tx, origin, 4); err == nil {
			t.Errorf("state of 4: %+v", c)
		}
		return nil
	})
}

// TestSalts: equal records have different leaves, and without randomness there
// is no record.
func TestSalts(t *testing.T) {
	l, s := open(t)
	fill(t, l, s, 50)
	view(t, s, func(tx *store.Tx) error {
		salts := map[logproof.Salt]bool{}
		for i := range 50 {
			o, err := issuancelog.Opening(tx, uint64(i))
			if err != nil || salts[o.Salt] || o.Salt == (logproof.Salt{}) {
				t.Errorf("salt of record %d: %x, %v", i, o.Salt, err)
			}
			salts[o.Salt] = true
		}
		return nil
	})
	broken, err := issuancelog.Open(t.Context(), s, clock, iotest.ErrReader(io.ErrUnexpectedEOF))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := broken.Ask(t.Context(), logproof.Record{}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v", err)
	}
	if _, result := walk(t, s); result.Size != 50 {
		t.Errorf("%+v", result)
	}
}

// TestOldLogIsContinued: a log without a tree gets one when it is opened, and
// its records stay as they are; stopped on the way, it goes on.
func TestOldLogIsContinued(t *testing.T) {
	for _, stopped := range []int{0, 1, 7, 20} {
		s := openStore(t, filepath.Join(t.TempDir(), "s.db"))
		old := oldRecords(t, 20)
		l := openLog(t, s)
		fill(t, l, s, stopped) // whose leaves the old records do not have, but whose number they have
		change(t, s, func(tx *store.Tx) error {
			for i, data := range old {
				if err := errors.Join(tx.Put("log", key(i), data), tx.Delete("log-tree", key(i))); err != nil {
					return err
				}
			}
			return nil
		})
		fill(t, openLog(t, s), s, 3)
		view(t, s, func(tx *store.Tx) error {
			r := logproof.WalkTree(issuancelog.Entries(tx), nil, nil)
			if len(r.Findings) > 0 || r.Size != 23 || r.Leaves != 23 {
				t.Errorf("%+v", r)
			}
			for i, data := range old {
				if diff := cmp.Diff(string(data), string(tx.Get("log", key(i)))); diff != "" {
					t.Error(diff)
				}
			}
			return nil
		})
	}
}

// oldRecords returns a chain of records of format 1.
func oldRecords(t *testing.T, n int) (records [][]byte) {
	t.Helper()
	previous := ""
	for i := range n {
		data, err := logproof.Encode(logproof.Record{
			Format: 1, Sequence: uint64(i), Time: "2026-07-01T12:00:00Z", Previous: previous, Kind: logproof.Refused, Reason: "test",
		})
		if err != nil {
			t.Fatal(err)
		}
		records, previous = append(records, data), logproof.HashOf(data).String()
	}
	return records
}

// TestLargeOldLog takes more than one transaction to get its tree.
func TestLargeOldLog(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "s.db"))
	const n = 10_000
	change(t, s, func(tx *store.Tx) error {
		for i, data := range oldRecords(t, n) {
			if err := tx.Put("log", key(i), data); err != nil {
				return err
			}
		}
		return nil
	})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := issuancelog.Open(ctx, s, clock, rand.Reader); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	openLog(t, s)
	view(t, s, func(tx *store.Tx) error {
		if r := logproof.WalkTree(issuancelog.Entries(tx), nil, nil); len(r.Findings) > 0 || r.Leaves != n {
			t.Errorf("%+v", r)
		}
		return nil
	})
}

// TestDamagedEndIsNotContinued: the log is not opened if its last records, its
// leaves and its tree do not fit each other; the record is named.
func TestDamagedEndIsNotContinued(t *testing.T) {
	const n = 20
	flip := func(bucket string, i, at int) func(*store.Tx) error {
		return func(tx *store.Tx) error {
			data := tx.Get(bucket, key(i))
			data[at%len(data)] ^= 1
			return tx.Put(bucket, key(i), data)
		}
	}
	drop := func(bucket string, i int) func(*store.Tx) error {
		return func(tx *store.Tx) error { return tx.Delete(bucket, key(i)) }
	}
	cases := map[string]func(*store.Tx) error{
		"a leaf too many":       func(tx *store.Tx) error { return tx.Put("log-tree", key(n), make([]byte, 64)) },
		"a record far away":     func(tx *store.Tx) error { return tx.Put("log", key(1<<60), []byte("{}")) },
		"a leaf far away":       func(tx *store.Tx) error { return tx.Put("log-tree", key(1<<60), []byte("{}")) },
		"a key that is none":    func(tx *store.Tx) error { return tx.Put("log-tree", []byte("zzz"), nil) },
		"an old record is last": func(tx *store.Tx) error { return tx.Put("log", key(n), oldRecords(t, n+1)[n]) },
		"all leaves": func(tx *store.Tx) error {
			for i := range n {
				if err := tx.Delete("log-tree", key(i)); err != nil {
					return err
				}
			}
			return nil
		},
	}
	for i := range n {
		cases[fmt.Sprint("record ", i, " altered")] = flip("log", i, 15)
		cases[fmt.Sprint("record ", i, " dropped")] = drop("log", i)
		cases[fmt.Sprint("salt ", i, " altered")] = flip("log-tree", i, 7)
		cases[fmt.Sprint("hash ", i, " altered")] = flip("log-tree", i, 32)
		cases[fmt.Sprint("node ", i, " altered")] = flip("log-tree", i, 95)
		cases[fmt.Sprint("leaf ", i, " dropped")] = drop("log-tree", i)
	}
	for name, damage := range cases {
		t.Run(name, func(t *testing.T) {
			l, s := open(t)
			fill(t, l, s, n)
			change(t, s, damage)
			_, err := issuancelog.Open(t.Context(), s, clock, rand.Reader)
			if !errors.Is(err, issuancelog.ErrDamaged) || !strings.Contains(err.Error(), "chancery log verify") {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestTiles: a folder that is brought up to date from any size to any other
// has the log.
func TestTiles(t *testing.T) {
	l, s := open(t)
	sizes := []uint64{0, 1, 2, 255, 256, 257, 600, 600}
	folder := fstest.MapFS{}
	var checkpoints []logproof.Checkpoint
	since := uint64(0)
	for _, size := range sizes {
		fill(t, l, s, int(size-since))
		written := 0
		view(t, s, func(tx *store.Tx) error {
			c, err := issuancelog.State(tx, origin, size)
			checkpoints = append(checkpoints, c)
			return errors.Join(err, issuancelog.Tiles(tx, since, size, func(path string, data []byte) error {
				folder[path] = &fstest.MapFile{Data: data}
				written++
				return nil
			}))
		})
		if (written == 0) != (since == size) {
			t.Errorf("from %d to %d: %d files", since, size, written)
		}
		for _, c := range checkpoints {
			r, err := logproof.WalkTiles(t.Context(), folder, []logproof.Checkpoint{c}, nil)
			if err != nil || len(r.Findings) > 0 || r.Size != c.Size {
				t.Errorf("%d of %d: %+v, %v", c.Size, size, r, err)
			}
		}
		since = size
	}
	want := []string{
		"tile/0/000", "tile/0/000.p/1", "tile/0/000.p/2", "tile/0/000.p/255", "tile/0/001.p/1", "tile/0/001", "tile/0/002.p/88",
		"tile/1/000.p/1", "tile/1/000.p/2",
		"tile/entries/000", "tile/entries/000.p/1", "tile/entries/000.p/2", "tile/entries/000.p/255", "tile/entries/001.p/1", "tile/entries/001", "tile/entries/002.p/88",
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(folder))); diff != "" {
		t.Error(diff)
	}
	failure := errors.New("the disk is full")
	view(t, s, func(tx *store.Tx) error {
		if err := issuancelog.Tiles(tx, 0, 3, func(string, []byte) error { return failure }); !errors.Is(err, failure) {
			t.Errorf("got %v", err)
		}
		if err := issuancelog.Tiles(tx, 0, 601, nil); err == nil {
			t.Error("tiles of more than there is")
		}
		return nil
	})
}

func TestFind(t *testing.T) {
	l, s := open(t)
	const id = "urn:uuid:00000000-0000-4000-8000-000000000000"
	fill(t, l, s, 3)
	change(t, s, func(tx *store.Tx) error {
		return errors.Join(
			l.Append(tx, logproof.Record{Kind: logproof.Answered, Credential: id}),
			l.Append(tx, logproof.Record{Kind: logproof.StatusChanged, Credential: "urn:other"}),
		)
	})
	view(t, s, func(tx *store.Tx) error {
		if n, found := issuancelog.Find(tx, id); !found || n != 3 {
			t.Errorf("record %d, %v", n, found)
		}
		for _, id := range []string{"urn:other", id[:20], "answered", ""} {
			if n, found := issuancelog.Find(tx, id); found {
				t.Errorf("%q is in record %d", id, n)
			}
		}
		return nil
	})
}
