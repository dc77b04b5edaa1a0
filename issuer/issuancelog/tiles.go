package issuancelog

import (
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

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
	var hashes, entries []byte
	for i := range t.Width {
		index := t.Index*logproof.TileWidth + uint64(i)
		hash, err := nodes{tx}.read(t.Level*8, int64(index))
		if err != nil {
			return err
		}
		hashes = append(hashes, hash[:]...)
		if t.Level > 0 {
			continue
		}
		opening, err := Opening(tx, index)
		if err != nil {
			return err
		}
		entries = logproof.AppendEntry(entries, opening.Commitment())
	}
	if t.Level == 0 {
		if err := write(t.EntriesPath(), entries); err != nil {
			return err
		}
	}
	return write(t.Path(), hashes)
}
