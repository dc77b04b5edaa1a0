package logproof_test

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
	"testing/fstest"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/chancery-vc/chancery/verifier/logproof"
)

func TestTilePaths(t *testing.T) {
	for _, c := range []struct {
		tile logproof.Tile
		want string
	}{ // the examples of C2SP tlog-tiles
		{logproof.Tile{Level: 0, Index: 1234067, Width: 256}, "tile/0/x001/x234/067"},
		{logproof.Tile{Level: 1, Index: 0, Width: 17}, "tile/1/000.p/17"},
		{logproof.TileAt(0, 70_000-1, 70_000), "tile/0/273.p/112"},
		{logproof.TileAt(0, 0, 70_000), "tile/0/000"},
		{logproof.TileAt(1, 272, 70_000), "tile/1/001.p/17"},
		{logproof.TileAt(1, 0, 70_000), "tile/1/000"},
		{logproof.TileAt(2, 0, 70_000), "tile/2/000.p/1"},
	} {
		if got := c.tile.Path(); got != c.want {
			t.Errorf("%+v: %s, want %s", c.tile, got, c.want)
		}
	}
	if got := (logproof.Tile{Index: 1000, Width: 3}).EntriesPath(); got != "tile/entries/x001/000.p/3" {
		t.Error(got)
	}
}

// published returns the folder of the first n entries.
func published(t *testing.T, entries []logproof.Entry, nodes memory, n int) fstest.MapFS {
	t.Helper()
	folder := fstest.MapFS{}
	add := func(path string, data []byte) {
		if folder[path] == nil {
			folder[path] = &fstest.MapFile{}
		}
		folder[path].Data = append(folder[path].Data, data...)
	}
	for level := 0; n>>(8*level) > 0; level++ {
		for index := range n >> (8 * level) {
			tile := logproof.TileAt(level, uint64(index), uint64(n))
			hash := nodes[tlog.StoredHashIndex(8*level, int64(index))]
			add(tile.Path(), hash[:])
			if level > 0 {
				continue
			}
			leaf, err := logproof.DecodeLeaf(uint64(index), entries[index].Leaf)
			if err != nil {
				t.Fatal(err)
			}
			add(tile.EntriesPath(), logproof.AppendEntry(nil, logproof.Commit(leaf.Salt, entries[index].Record)))
		}
	}
	return folder
}

func inTiles(t *testing.T, folder fstest.MapFS, checkpoints ...logproof.Checkpoint) (numbers []uint64) {
	t.Helper()
	r, err := logproof.WalkTiles(t.Context(), folder, checkpoints, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range r.Findings {
		numbers = append(numbers, f.Sequence)
	}
	return numbers
}

func TestWholeTiles(t *testing.T) {
	entries, nodes := planted(t, 600)
	for _, n := range []int{0, 1, 2, 255, 256, 257, 511, 512, 600} {
		checkpoints := []logproof.Checkpoint{nodes.state(t, entries, n/2), nodes.state(t, entries, n)}
		read := uint64(0)
		r, err := logproof.WalkTiles(t.Context(), published(t, entries, nodes, n), checkpoints, func(entries uint64) { read = entries })
		if err != nil || len(r.Findings) > 0 || r.Size != uint64(n) || r.Leaves != uint64(n) || r.Root != checkpoints[1].Root || read != uint64(n) {
			t.Errorf("%d entries, %d read: %+v, %v", n, read, r, err)
		}
		checkpoints[0].Root[0] ^= 1
		if got := inTiles(t, published(t, entries, nodes, n), checkpoints...); n > 1 && !slices.Equal(got, []uint64{uint64(n/2) - 1}) {
			t.Errorf("%d entries and another root of earlier: found %v", n, got)
		}
	}
}

// TestAlteredTiles flips bits of each file, cuts it, and takes it away.
func TestAlteredTiles(t *testing.T) {
	const n = 600
	entries, nodes := planted(t, n)
	whole, folder := nodes.state(t, entries, n), published(t, entries, nodes, n)
	with := func(path string, data []byte) fstest.MapFS {
		altered := maps.Clone(folder)
		altered[path] = &fstest.MapFile{Data: data}
		return altered
	}
	for path, file := range folder {
		for bit := 0; bit < len(file.Data)*8; bit += 1 + len(file.Data)/3 {
			data := bytes.Clone(file.Data)
			data[bit/8] ^= 1 << (bit % 8)
			if got := inTiles(t, with(path, data), whole); len(got) != 1 || got[0] != at(t, path, bit/8) {
				t.Errorf("bit %d of %s: found %v", bit, path, got)
			}
		}
		if got := inTiles(t, with(path, file.Data[:len(file.Data)-1]), whole); len(got) != 1 || got[0] != first(t, path) {
			t.Errorf("%s cut: found %v", path, got)
		}
		gone := maps.Clone(folder)
		delete(gone, path)
		if got := inTiles(t, gone, whole); len(got) != 1 || got[0] != first(t, path) {
			t.Errorf("%s gone: found %v", path, got)
		}
	}
}

// first returns the first record of a file of the 600.
func first(t *testing.T, path string) uint64 {
	t.Helper()
	n, ok := map[string]uint64{
		"tile/0/000": 0, "tile/0/001": 256, "tile/0/002.p/88": 512, "tile/1/000.p/2": 0,
		"tile/entries/000": 0, "tile/entries/001": 256, "tile/entries/002.p/88": 512,
	}[path]
	if !ok {
		t.Fatalf("there is a file %s", path)
	}
	return n
}

// at returns the record that is named if a byte of a file is altered.
func at(t *testing.T, path string, offset int) uint64 {
	t.Helper()
	switch {
	case path == "tile/1/000.p/2":
		return uint64(offset/32)*256 + 255
	case len(path) > len("tile/e") && path[5] == 'e':
		return first(t, path) + uint64(offset/34)
	default:
		return first(t, path) + uint64(offset/32)
	}
}

// TestFullTileInPlaceOfAPartialOne: who has published more may have taken
// partial tiles away.
func TestFullTileInPlaceOfAPartialOne(t *testing.T) {
	entries, nodes := planted(t, 512)
	folder, earlier := published(t, entries, nodes, 512), published(t, entries, nodes, 300)
	folder["tile/1/000.p/1"] = earlier["tile/1/000.p/1"]
	if got := inTiles(t, folder, nodes.state(t, entries, 300)); got != nil {
		t.Errorf("found %v", got)
	}
}

func TestTilesRefuse(t *testing.T) {
	entries, nodes := planted(t, 3)
	good := nodes.state(t, entries, 3)
	endless, old := good, good
	endless.Size, old.Root = 1<<60, logproof.Hash{}
	for _, c := range []logproof.Checkpoint{endless, old} {
		if r, err := logproof.WalkTiles(t.Context(), fstest.MapFS{}, []logproof.Checkpoint{c}, nil); !errors.Is(err, logproof.ErrCheckpoint) {
			t.Errorf("%+v, %v", r, err)
		}
	}
	far := good
	far.Size = 1 << 50
	r, err := logproof.WalkTiles(t.Context(), fstest.MapFS{}, []logproof.Checkpoint{far}, nil)
	if err != nil || len(r.Findings) < 1000 || len(r.Findings) > 1100 {
		t.Errorf("a folder without tiles: %d findings, %v", len(r.Findings), err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := logproof.WalkTiles(ctx, fstest.MapFS{}, []logproof.Checkpoint{good}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
