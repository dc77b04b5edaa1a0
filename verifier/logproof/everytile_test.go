package logproof_test

import (
	"bytes"
	"maps"
	"os"
	"slices"
	"testing"
	"testing/fstest"
)

// tileBit is one bit of a file of a published log, and the record that is to be
// named for it.
type tileBit struct {
	path   string
	at     int
	number uint64
}

// bitsOfFile returns those of a file whose items have so many bytes and stand
// for so many records each.
func bitsOfFile(path string, data []byte, first, size, records int) (all []tileBit) {
	for at := range len(data) * 8 {
		all = append(all, tileBit{path, at, uint64(first + at/8/size*records + records - 1)})
	}
	return all
}

// TestFlippedBitsOfTiles flips bits of the published log of 300 records: of the
// entries, the hashes of their leaves, and those above. Each is found, by the
// number of the record, or of the last of those below the hash. One at a time,
// it takes one in 64 of the bits, others each time, or all with
// CHANCERY_EVERY_BIT set.
func TestFlippedBitsOfTiles(t *testing.T) {
	entries, nodes := planted(t, 300)
	folder, whole := published(t, entries, nodes, 300), nodes.state(t, entries, 300)
	if len(folder) != 5 {
		t.Fatalf("%d files", len(folder))
	}
	data := func(path string) []byte { return folder[path].Data }
	all := slices.Concat(
		bitsOfFile("tile/entries/000", data("tile/entries/000"), 0, 34, 1),
		bitsOfFile("tile/entries/001.p/44", data("tile/entries/001.p/44"), 256, 34, 1),
		bitsOfFile("tile/0/000", data("tile/0/000"), 0, 32, 1),
		bitsOfFile("tile/0/001.p/44", data("tile/0/001.p/44"), 256, 32, 1),
		bitsOfFile("tile/1/000.p/1", data("tile/1/000.p/1"), 0, 32, 256),
	)
	if os.Getenv(everyBit) == "" {
		all = share(all, 64)
	}
	atOnce(all, func(b tileBit) {
		altered := maps.Clone(folder)
		flipped := bytes.Clone(data(b.path))
		flipped[b.at/8] ^= 1 << (b.at % 8)
		altered[b.path] = &fstest.MapFile{Data: flipped}
		if got := inTiles(t, altered, whole); !slices.Equal(got, []uint64{b.number}) {
			t.Errorf("bit %d of %s: found %v, want %d", b.at, b.path, got, b.number)
		}
	})
	t.Logf("%d flips", len(all))
}
