package logproof

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"

	"golang.org/x/mod/sumdb/tlog"
)

// maxHeldTiles is how many tiles a [Follower] keeps at hand.
const maxHeldTiles = 64

// Follower reads the tree of one checkpoint out of tiles, each of which it
// holds against the root before it believes it. It is for one goroutine.
//
// A fault of the tiles is an error that wraps [ErrTiles]; that they cannot be
// read is one of the folder's.
type Follower struct {
	checkpoint Checkpoint
	folder     fs.FS
	hashes     tlog.HashReader
	held       map[tlog.Tile][]byte
}

// ErrTiles says that the tiles of a log are not those of its checkpoint.
var ErrTiles = fmt.Errorf("%w: the tiles do not fit the checkpoint", ErrProof)

// NewFollower returns a reader of the tree of c, which was opened with the
// log's key.
func NewFollower(c Checkpoint, folder fs.FS) (*Follower, error) {
	if !c.HasRoot() || c.Size > maxNumber {
		return nil, fmt.Errorf("%w: of %d records: it names no tree that can be followed", ErrCheckpoint, c.Size)
	}
	f := &Follower{checkpoint: c, folder: folder, held: map[tlog.Tile][]byte{}}
	f.hashes = tlog.TileHashReader(tlog.Tree{N: int64(c.Size), Hash: tlog.Hash(c.Root)}, tiles{f})
	return f, nil
}

// Continues returns an error unless the tree begins with that of an older
// checkpoint, or is the same.
func (f *Follower) Continues(older Checkpoint) error {
	newer := f.checkpoint
	if older.Origin != newer.Origin || older.Size >= newer.Size {
		return VerifyConsistency(older, newer, nil)
	}
	root := HashOf(nil)
	if older.Size > 0 {
		hash, err := tlog.TreeHash(int64(older.Size), f.hashes)
		if err != nil {
			return f.misfit(err)
		}
		root = Hash(hash)
	}
	if root != older.Root {
		return &Fork{older, newer, root}
	}
	return nil
}

// Fork says that a log is two logs: of the tree of one checkpoint the first
// records are not those of an older one, both of which the log signed.
type Fork struct {
	Older, Newer Checkpoint
	Root         Hash // of as many records as Older has, in the tree of Newer
}

func (f *Fork) Error() string {
	return fmt.Sprintf("%v: the log is two logs: the first %d records of the one with %d have the root %s, and its checkpoint of then says %s", ErrProof, f.Older.Size, f.Newer.Size, f.Root, f.Older.Root)
}

// Unwrap returns [ErrProof].
func (f *Fork) Unwrap() error { return ErrProof }

// Entries checks that the entries from number first on are those of the tree,
// up to the end of the tile that has them, and returns the number of the next.
func (f *Follower) Entries(first uint64) (next uint64, err error) {
	if first >= f.checkpoint.Size {
		return first, nil
	}
	t := TileAt(0, first, f.checkpoint.Size)
	entries, err := f.read(Tile.EntriesPath, t, entryBytes)
	if err != nil {
		return first, f.misfit(err)
	}
	from := t.Index * TileWidth
	next = from + uint64(t.Width)
	var indices []int64
	for number := from; number < next; number++ {
		indices = append(indices, tlog.StoredHashIndex(0, int64(number)))
	}
	hashes, err := f.hashes.ReadHashes(indices)
	if err != nil {
		return first, f.misfit(err)
	}
	for i, hash := range hashes {
		entry := at(entries, i, entryBytes)
		if binary.BigEndian.Uint16(entry) != uint16(len(Hash{})) || LeafHash(Hash(entry[2:])) != Hash(hash) {
			return first, fmt.Errorf("%w: entry %d is not the one in the tree", ErrTiles, from+uint64(i))
		}
	}
	return next, nil
}

// unread is why the folder could not be read, which tells nothing of the log.
type unread struct{ error }

func (u unread) Unwrap() error { return u.error }

func (f *Follower) read(path func(Tile) string, t Tile, size int) ([]byte, error) {
	data, err := readTile(f.folder, path, t, size)
	if err != nil && !errors.Is(err, errTile) && !errors.Is(err, fs.ErrNotExist) {
		return nil, unread{err}
	}
	return data, err
}

// misfit tells what is wrong with tiles from what kept them from being used.
func (f *Follower) misfit(err error) error {
	var cause unread
	if errors.As(err, &cause) {
		return fmt.Errorf("read the tiles: %w", cause.error)
	}
	return fmt.Errorf("%w: %w", ErrTiles, err)
}

// tiles are those of a follower as package tlog sees them.
type tiles struct{ *Follower }

var _ tlog.TileReader = tiles{}

func (tiles) Height() int { return tileHeight }

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, one := range wanted {
		data, ok := t.held[one]
		if !ok {
			var err error
			if data, err = t.read(Tile.Path, Tile{one.L, uint64(one.N), one.W}, len(Hash{})); err != nil {
				return nil, err
			}
		}
		all = append(all, data)
	}
	return all, nil
}

// SaveTiles keeps tiles that were found to fit.
func (t tiles) SaveTiles(which []tlog.Tile, data [][]byte) {
	if len(t.held)+len(which) > maxHeldTiles {
		clear(t.held)
	}
	for i, one := range which {
		t.held[one] = data[i]
	}
}
