package logproof

import (
	"fmt"
	"strconv"
	"strings"
)

// maxLevel is that of the highest tile that a log can have.
const maxLevel = 63 / tileHeight

// ParseTilePath returns which tile has a path, and whether the path is that of
// its entries. There is one path for each tile.
func ParseTilePath(path string) (t Tile, entries bool, err error) {
	wrong := fmt.Errorf("%w: %.100q is not the path of one", errTile, path)
	name, entries := strings.CutPrefix(path, entryFolder)
	if !entries {
		rest, ok := strings.CutPrefix(path, tileFolder)
		level, after, found := strings.Cut(rest, "/")
		if t.Level, err = strconv.Atoi(level); err != nil || !ok || !found || t.Level < 0 || t.Level > maxLevel {
			return Tile{}, false, wrong
		}
		name = after
	}
	number, width, partial := strings.Cut(name, ".p/")
	t.Width = TileWidth
	if partial {
		if t.Width, err = strconv.Atoi(width); err != nil || t.Width < 1 || t.Width >= TileWidth {
			return Tile{}, false, wrong
		}
	}
	digits := strings.NewReplacer("x", "", "/", "").Replace(number)
	if t.Index, err = strconv.ParseUint(digits, 10, 63); err != nil || t.Index > maxNumber/TileWidth {
		return Tile{}, false, wrong
	}
	one := t.Path()
	if entries {
		one = t.EntriesPath()
	}
	if one != path {
		return Tile{}, false, wrong
	}
	return t, entries, nil
}

// Of tells whether a tree of size leaves has the whole tile, or had it when it
// was smaller.
func (t Tile) Of(size uint64) bool {
	hashes := size >> (t.Level * tileHeight)
	return t.Index <= hashes/TileWidth && t.Index*TileWidth+uint64(t.Width) <= hashes
}
