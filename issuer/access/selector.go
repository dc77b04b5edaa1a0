package access

import (
	"fmt"
	"strings"

	"github.com/chancery-vc/chancery/issuer/config"
)

// maxKeysBytes caps a file of keys.
const maxKeysBytes = 64 << 20

// readKeys reads a file with a key a line; nil for no file.
func readKeys(c *config.Config, file string) (map[string]bool, error) {
	if file == "" {
		return nil, nil
	}
	data, err := c.Read(file, maxKeysBytes)
	if err != nil {
		return nil, fmt.Errorf("keys: %w", err)
	}
	keys := map[string]bool{}
	for line := range strings.Lines(string(data)) {
		if key := strings.TrimRight(line, "\r\n"); key != "" {
			keys[key] = true
		}
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("keys: %s has none; write one a line", c.Path(file))
	}
	return keys, nil
}

// selects tells whether the grant is for the record with this key.
func (g *Grant) selects(key string) bool {
	if g.keys != nil {
		return g.keys[key]
	}
	return strings.HasPrefix(key, string(g.Keys.Prefix))
}

// disjoint wants no question to fit two grants of a caller. What shows without
// their files, the configuration was refused for.
func disjoint(grants []*Grant) error {
	for i, one := range grants {
		for _, other := range grants[:i] {
			if one.keys == nil && other.keys == nil || !one.AsksAsWell(other.Grant) {
				continue
			}
			if common(one, other) {
				return fmt.Errorf("%w: consult.callers, %s: a key is among those of both %s and %s", config.ErrInvalid, one.Caller, other.Name, one.Name)
			}
		}
	}
	return nil
}

// common tells whether a key that one of the files has is one of both grants.
func common(one, other *Grant) bool {
	if one.keys == nil {
		one, other = other, one
	}
	for key := range one.keys {
		if other.selects(key) {
			return true
		}
	}
	return false
}
