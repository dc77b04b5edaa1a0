package logproof

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
)

// maxTileFindings is where a walk over tiles gives up: a folder that is not the
// log's has nothing but faults.
const maxTileFindings = 1000

// WalkTiles checks a published log: that its entries and its tiles make the
// tree of the newest of checkpoints, and the trees of the others on the way.
// There must be one checkpoint at least; all were opened with the log's key.
// The folder has the path "tile" in it (C2SP tlog-tiles). Progress, if not nil,
// is told how many entries were read. What the records say, and how they are
// chained, the entries do not tell.
func WalkTiles(ctx context.Context, folder fs.FS, checkpoints []Checkpoint, progress func(entries uint64)) (*Result, error) {
	for _, c := range checkpoints {
		if !c.HasRoot() || c.Size > maxNumber {
			return nil, fmt.Errorf("%w: of %d records, with which tiles could be compared: it names no tree", ErrCheckpoint, c.Size)
		}
	}
	w := newTileWalk(folder, checkpoints)
	for first := uint64(0); first < w.size; first += TileWidth {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := w.tile(first); err != nil {
			return nil, err
		}
		if len(w.result.Findings) >= maxTileFindings {
			w.result.Findings = append(w.result.Findings, Finding{w.leaves.tree.size, "the rest was not looked at: too much is wrong"})
			return &w.result, nil
		}
		if progress != nil {
			progress(w.leaves.tree.size)
		}
	}
	w.endTree()
	return &w.result, nil
}

type tileWalk struct {
	walk
	folder fs.FS
	size   uint64 // of the newest checkpoint
	tiles  []held // the one in use of each level above 0
}

// held is a tile that was read; it has no hashes if it cannot be used.
type held struct {
	tile   Tile
	hashes []byte
}

func newTileWalk(folder fs.FS, checkpoints []Checkpoint) *tileWalk {
	w := &tileWalk{walk: *newWalk(Checkpoint{}, checkpoints, nil), folder: folder}
	w.walk.leaves = &leaves{}
	for _, c := range checkpoints {
		w.size = max(w.size, c.Size)
		if c.Size == 0 {
			w.compareEmpty(c)
		}
	}
	for level := 1; w.size>>(level*tileHeight) > 0; level++ {
		w.tiles = append(w.tiles, held{})
	}
	return w
}

// tile reads the entries from number first on that share a tile.
func (w *tileWalk) tile(first uint64) error {
	t := TileAt(0, first, w.size)
	entries, err := w.read(Tile.EntriesPath, t, entryBytes, first)
	if err != nil {
		return err
	}
	hashes, err := w.read(Tile.Path, t, len(Hash{}), first)
	if err != nil {
		return err
	}
	for i := range t.Width {
		number := first + uint64(i)
		if err := w.prepare(number); err != nil {
			return err
		}
		w.entry(number, at(entries, i, entryBytes), at(hashes, i, len(Hash{})))
	}
	return nil
}

// at returns item i of data, or nil if there are none.
func at(data []byte, i, size int) []byte {
	if data == nil {
		return nil
	}
	return data[i*size : (i+1)*size]
}

// read reads a tile, and finds it if it cannot be used.
func (w *tileWalk) read(path func(Tile) string, t Tile, size int, first uint64) ([]byte, error) {
	data, err := readTile(w.folder, path, t, size)
	last := first + uint64(t.Width)<<(t.Level*tileHeight) - 1
	switch {
	case errors.Is(err, fs.ErrNotExist):
		w.found(first, fmt.Sprintf("missing, as are those up to %d: there is no %s", last, path(t)))
	case errors.Is(err, errTile):
		w.found(first, fmt.Sprintf("altered, it or one up to %d: %v", last, err))
	default:
		return data, err
	}
	return nil, nil
}

// prepare reads the tiles above level 0 that have a hash which record number
// completes.
func (w *tileWalk) prepare(number uint64) error {
	for i := range w.tiles {
		level := i + 1
		span := uint64(1) << (level * tileHeight)
		if (number+1)%span != 0 {
			return nil
		}
		index := number / span
		t := TileAt(level, index, w.size)
		if w.tiles[i].tile == t {
			continue
		}
		hashes, err := w.read(Tile.Path, t, len(Hash{}), t.Index*TileWidth*span)
		if err != nil {
			return err
		}
		w.tiles[i] = held{t, hashes}
	}
	return nil
}

// entry adds an entry and compares what it completes.
func (w *tileWalk) entry(number uint64, entry, hash []byte) {
	var leaf node
	if entry != nil && binary.BigEndian.Uint16(entry) == uint16(len(Hash{})) {
		leaf.add(LeafHash(Hash(entry[2:])))
	} else if entry != nil {
		w.found(number, "altered: its entry is not a commitment of 32 bytes")
	}
	misfit := w.leaves.tree.add(leaf, func(level int) (Hash, bool) { return w.stored(number, level, hash) })
	w.result.Size, w.leaves.count = number+1, number+1
	if misfit == 0 {
		w.found(number, "altered, its entry or its hash in the tile: they do not fit")
	} else if misfit > 0 {
		w.found(number, fmt.Sprintf("the tile above it, or one below that, was altered: the hash of records %d to %d does not fit", number-1<<misfit+1, number))
	}
	for _, c := range w.checkpoints[number+1] {
		w.compareRoot(c)
	}
}

// stored returns what the tiles say of a node that record number completes.
func (w *tileWalk) stored(number uint64, level int, leaf []byte) (Hash, bool) {
	if level == 0 && leaf != nil {
		return Hash(leaf), true
	}
	if level == 0 || level%tileHeight != 0 {
		return Hash{}, false
	}
	hashes := w.tiles[level/tileHeight-1].hashes
	if hashes == nil {
		return Hash{}, false
	}
	index := int(number >> level % TileWidth)
	return Hash(at(hashes, index, len(Hash{}))), true
}
