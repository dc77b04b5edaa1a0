package issuancelog

import (
	"errors"
	"fmt"

	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// ErrNoTile says that a tile is not one of the log.
var ErrNoTile = errors.New("not a tile of this log")

// Tiles gives to write each file that a web server has to have for the log of
// size records, and did not have to have for the log of since records, by path
// (C2SP tlog-tiles). In them are commitments and no records.
func Tiles(tx *store.Tx, since, size uint64, write func(path string, data []byte) error) error {
	if err := has(tx, size); err != nil {
		return err
	}
	for level := 0; size>>(level*8) > 0; level++ {
		hashes := size >> (level * 8)
		from := since >> (level * 8)
		if from == hashes {
			continue // nor has any level above it another
		}
		for first := from / logproof.TileWidth * logproof.TileWidth; first < hashes; first += logproof.TileWidth {
			if err := writeTile(tx, logproof.TileAt(level, first, size), write); err != nil {
				return err
			}
		}
	}
	return nil
}

func writeTile(tx *store.Tx, t logproof.Tile, write func(path string, data []byte) error) error {
	hashes, entries, err := readTile(tx, t)
	if err == nil && t.Level == 0 {
		err = write(t.EntriesPath(), entries)
	}
	if err != nil {
		return err
	}
	return write(t.Path(), hashes)
}

// Tile returns a tile, and, if its level is 0, its entries. It returns an error
// that wraps [ErrNoTile] if the log is too short for it.
func Tile(tx *store.Tx, t logproof.Tile) (hashes, entries []byte, err error) {
	size, err := Size(tx)
	if err != nil {
		return nil, nil, err
	}
	if !t.Of(size) {
		return nil, nil, fmt.Errorf("%w, which has %d records", ErrNoTile, size)
	}
	return readTile(tx, t)
}

// readTile returns the hashes of a tile, and its entries if its level is 0.
func readTile(tx *store.Tx, t logproof.Tile) (hashes, entries []byte, err error) {
	for i := range t.Width {
		index := t.Index*logproof.TileWidth + uint64(i)
		hash, err := nodes{tx}.read(t.Level*8, int64(index))
		if err != nil {
			return nil, nil, err
		}
		hashes = append(hashes, hash[:]...)
		if t.Level > 0 {
			continue
		}
		commitment, err := commitmentOf(tx, index)
		if err != nil {
			return nil, nil, err
		}
		entries = logproof.AppendEntry(entries, commitment)
	}
	return hashes, entries, nil
}
