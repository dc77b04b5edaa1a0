package issuancelog_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// TestTile: one tile is as it is among all, also as it was when the log was
// shorter, and there is none that the log is too short for.
func TestTile(t *testing.T) {
	l, s := open(t)
	const n = 520
	fill(t, l, s, n)
	view(t, s, func(tx *store.Tx) error {
		for _, size := range []uint64{1, 255, 256, 300, 512, n} {
			got := 0
			err := issuancelog.Tiles(tx, 0, size, func(path string, want []byte) error {
				got++
				tile, isEntries, err := logproof.ParseTilePath(path)
				if err != nil {
					return err
				}
				data, entries, err := issuancelog.Tile(tx, tile)
				if isEntries {
					data = entries
				}
				if err != nil || !bytes.Equal(data, want) {
					t.Errorf("%s of %d: %d bytes, %v, want %d", path, size, len(data), err, len(want))
				}
				return nil
			})
			if err != nil || got < 2 {
				t.Errorf("%d: %d files, %v", size, got, err)
			}
		}
		for _, tile := range []logproof.Tile{{Index: 2, Width: 9}, {Index: 3, Width: 1}, {Index: 2, Width: 256}, {Level: 1, Width: 3}, {Level: 2, Width: 1}} {
			if data, _, err := issuancelog.Tile(tx, tile); !errors.Is(err, issuancelog.ErrNoTile) || data != nil {
				t.Errorf("%+v: %d bytes, %v", tile, len(data), err)
			}
		}
		return nil
	})
}
