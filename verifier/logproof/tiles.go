package logproof

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
)

// Names in the folder of a log's tiles (C2SP tlog-tiles).
const (
	// TileWidth is the number of hashes or entries in a full tile.
	TileWidth    = 256
	tileFolder   = "tile/"
	entryFolder  = tileFolder + "entries/"
	tileHeight   = 8
	entryBytes   = 2 + sha256.Size // a length and a commitment
	maxTileBytes = TileWidth * entryBytes
)

// Tile is one file of a published log: hashes of one level, or entries.
type Tile struct {
	Level int // 0 are hashes of leaves; each next one is 8 levels of the tree up
	Index uint64
	Width int // 1 to TileWidth; less than TileWidth is a partial tile
}

// Path returns where the hashes of the tile are.
func (t Tile) Path() string { return tileFolder + strconv.Itoa(t.Level) + "/" + t.name() }

// EntriesPath returns where the entries are of which a tile of level 0 has the
// hashes.
func (t Tile) EntriesPath() string { return entryFolder + t.name() }

func (t Tile) name() string {
	name := fmt.Sprintf("%03d", t.Index%1000)
	for rest := t.Index / 1000; rest > 0; rest /= 1000 {
		name = fmt.Sprintf("x%03d/%s", rest%1000, name)
	}
	if t.Width < TileWidth {
		name += ".p/" + strconv.Itoa(t.Width)
	}
	return name
}

// TileAt returns the tile that has, in a tree of size leaves, the hash of
// number index of a level.
func TileAt(level int, index, size uint64) Tile {
	hashes := size >> (level * tileHeight)
	return Tile{level, index / TileWidth, int(min(TileWidth, hashes-index/TileWidth*TileWidth))}
}

// AppendEntry appends an entry to the entries of a tile: its length in two
// bytes and the commitment.
func AppendEntry(entries []byte, commitment Hash) []byte {
	return append(binary.BigEndian.AppendUint16(entries, sha256.Size), commitment[:]...)
}

// errTile says that a tile cannot be used.
var errTile = errors.New("not a tile")

// readTile returns the first width items of a tile, each of size bytes. If the
// partial tile is not there any more, the full one is.
func readTile(folder fs.FS, path func(Tile) string, t Tile, size int) ([]byte, error) {
	data, err := readFile(folder, path(t))
	if errors.Is(err, fs.ErrNotExist) && t.Width < TileWidth {
		data, err = readFile(folder, path(Tile{t.Level, t.Index, TileWidth}))
		if err == nil && len(data) == TileWidth*size {
			return data[:t.Width*size], nil
		}
	}
	if err == nil && len(data) != t.Width*size {
		return nil, fmt.Errorf("%w: %s has %d bytes, not %d", errTile, path(t), len(data), t.Width*size)
	}
	return data, err
}

func readFile(folder fs.FS, path string) ([]byte, error) {
	file, err := folder.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxTileBytes+1))
}
