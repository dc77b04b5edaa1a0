package logproof_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"testing"
	"testing/fstest"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/verifier/logproof"
)

// forkedFrom returns the nodes of a tree of n leaves that has others than nodes
// from number fork on.
func forkedFrom(t testing.TB, nodes memory, n, fork int) (other memory) {
	t.Helper()
	for i := range n {
		leaf := nodes[tlog.StoredHashIndex(0, int64(i))]
		if i >= fork {
			leaf = tlog.Hash(logproof.HashOf(leaf[:]))
		}
		completed, err := tlog.StoredHashesForRecordHash(int64(i), leaf, other)
		if err != nil {
			t.Fatal(err)
		}
		other = append(other, completed...)
	}
	return other
}

// TestFollow: between any two sizes the tiles show that the log goes on, as the
// proof of consistency does; a fork is told with both checkpoints.
func TestFollow(t *testing.T) {
	entries, nodes := planted(t, 600)
	forkedNodes := forkedFrom(t, nodes, 600, 280)
	for _, n := range []int{1, 2, 255, 256, 257, 300, 512, 600} {
		newer := nodes.state(t, entries, n)
		follower, err := logproof.NewFollower(newer, published(t, entries, nodes, n))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range []int{1, 2, 128, 255, 256, 257, 281, 300, 511, 512, 599, 600} {
			older := nodes.state(t, entries, min(m, n))
			if err := follower.Continues(older); err != nil {
				t.Errorf("%d to %d: %v", m, n, err)
			}
			other := older
			other.Root = forkedNodes.state(t, entries, min(m, n)).Root
			err := follower.Continues(other)
			fork, isFork := errors.AsType[*logproof.Fork](err)
			switch {
			case min(m, n) <= 280 && err != nil:
				t.Errorf("%d to %d, before they part: %v", m, n, err)
			case min(m, n) > 280 && !errors.Is(err, logproof.ErrProof), m < n && m > 280 && (!isFork || fork.Older != other || fork.Newer != newer):
				t.Errorf("%d to %d, a fork: %v", m, n, err)
			}
		}
		next := uint64(0)
		for next < uint64(n) && err == nil {
			next, err = follower.Entries(next)
		}
		if err != nil || next != uint64(n) {
			t.Errorf("entries of %d: %d, %v", n, next, err)
		}
		if next, err := follower.Entries(uint64(n)); err != nil || next != uint64(n) {
			t.Errorf("after the end: %d, %v", next, err)
		}
	}
}

// TestFollowNothing: any log continues the empty one, and no other one does.
func TestFollowNothing(t *testing.T) {
	entries, nodes := planted(t, 3)
	empty := logproof.Checkpoint{Origin: origin, Root: logproof.HashOf(nil)}
	follower, err := logproof.NewFollower(nodes.state(t, entries, 3), published(t, entries, nodes, 3))
	if err != nil {
		t.Fatal(err)
	}
	if err := follower.Continues(empty); err != nil {
		t.Error(err)
	}
	elsewhere := nodes.state(t, entries, 2)
	elsewhere.Origin = "elsewhere.example/log"
	if err := follower.Continues(elsewhere); !errors.Is(err, logproof.ErrProof) {
		t.Errorf("another log: %v", err)
	}
	for _, c := range []logproof.Checkpoint{{Origin: origin, Size: 3}, {Origin: origin, Size: math.MaxInt64, Root: empty.Root}} {
		if f, err := logproof.NewFollower(c, fstest.MapFS{}); !errors.Is(err, logproof.ErrCheckpoint) || f != nil {
			t.Errorf("%+v: %v, %v", c, f, err)
		}
	}
}

// TestRemote: a folder elsewhere is read like one here; that it cannot be
// reached is told from files that do not fit.
func TestRemote(t *testing.T) {
	entries, nodes := planted(t, 300)
	folder, newest := published(t, entries, nodes, 300), nodes.state(t, entries, 300)
	var fail error
	fetch := func(_ context.Context, path string, most int) ([]byte, error) {
		if fail != nil {
			return nil, fail
		}
		data, err := fs.ReadFile(folder, path)
		if err == nil && len(data) > most {
			err = errors.New("too large")
		}
		return data, err
	}
	remote := logproof.Remote(t.Context(), fetch)
	result, err := logproof.WalkTiles(t.Context(), remote, []logproof.Checkpoint{newest}, nil)
	if err != nil || len(result.Findings) > 0 || result.Size != 300 || result.Root != newest.Root {
		t.Errorf("got %+v, %v", result, err)
	}
	if _, err := remote.Open("../secret"); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("out of the folder: %v", err)
	}
	if err := fstest.TestFS(logproof.Remote(t.Context(), fetch)); err == nil {
		t.Error("it says that it can list its files")
	}
	file, err := remote.Open("tile/0/000")
	if err != nil {
		t.Fatal(err)
	}
	if info, err := file.Stat(); err != nil || info.Size() != 256*32 || info.Name() != "000" || info.IsDir() {
		t.Errorf("got %+v, %v", info, err)
	}
	follow := func() error {
		follower, err := logproof.NewFollower(newest, remote)
		if err != nil {
			t.Fatal(err)
		}
		_, err = follower.Entries(0)
		return errors.Join(err, follower.Continues(nodes.state(t, entries, 100)))
	}
	fail = errors.New("no route to host")
	if err := follow(); !errors.Is(err, fail) || errors.Is(err, logproof.ErrProof) {
		t.Errorf("unreachable: %v", err)
	}
	if _, err := logproof.WalkTiles(t.Context(), remote, []logproof.Checkpoint{newest}, nil); !errors.Is(err, fail) {
		t.Errorf("unreachable: %v", err)
	}
	fail = fmt.Errorf("none: %w", fs.ErrNotExist)
	if err := follow(); !errors.Is(err, logproof.ErrTiles) {
		t.Errorf("missing: %v", err)
	}
}

// TestParseTilePath: a path is that of one tile, and no other text is its path.
func TestParseTilePath(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := logproof.Tile{Level: rapid.IntRange(0, 7).Draw(t, "level"), Index: rapid.Uint64Range(0, 1<<40).Draw(t, "index"), Width: rapid.IntRange(1, 256).Draw(t, "width")}
		if got, entries, err := logproof.ParseTilePath(want.Path()); err != nil || entries || got != want {
			t.Fatalf("%s: %+v, %v, %v", want.Path(), got, entries, err)
		}
		want.Level = 0
		if got, entries, err := logproof.ParseTilePath(want.EntriesPath()); err != nil || !entries || got != want {
			t.Fatalf("%s: %+v, %v, %v", want.EntriesPath(), got, entries, err)
		}
	})
	for _, path := range []string{
		"", "tile", "tile/", "tile/0", "tile/0/", "tile//000", "tile/8/000", "tile/-1/000", "tile/00/000", "tile/0/0", "tile/0/0000", "tile/0/x000/001",
		"tile/0/001/000", "tile/0/x001/x000", "tile/0/000.p", "tile/0/000.p/", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/-1",
		"tile/0/000/", "tile/0/../000", "tile/0/+00", "tile/entries/", "tile/entries/0/000", "tile/entries/000.p/", "/tile/0/000", "tile/0/000.p/1.p/1",
		"tile/0/x999/x999/x999/x999/x999/x999/x999/999", "checkpoint",
	} {
		if got, entries, err := logproof.ParseTilePath(path); err == nil || got != (logproof.Tile{}) {
			t.Errorf("%q: %+v, %v", path, got, entries)
		}
	}
	for _, c := range []struct {
		tile logproof.Tile
		size uint64
		want bool
	}{
		{logproof.Tile{Width: 1}, 0, false},
		{logproof.Tile{Width: 1}, 1, true},
		{logproof.Tile{Width: 3}, 300, true}, // as of when it was smaller
		{logproof.Tile{Width: 256}, 255, false},
		{logproof.Tile{Width: 256}, 256, true},
		{logproof.Tile{Index: 1, Width: 44}, 300, true},
		{logproof.Tile{Index: 1, Width: 45}, 300, false},
		{logproof.Tile{Level: 1, Width: 1}, 255, false},
		{logproof.Tile{Level: 1, Width: 1}, 256, true},
		{logproof.Tile{Level: 7, Index: 1 << 45, Width: 256}, math.MaxUint64, false},
	} {
		if got := c.tile.Of(c.size); got != c.want {
			t.Errorf("%+v of %d: %v", c.tile, c.size, got)
		}
	}
}
