package store

import (
	"errors"
	"testing"
)

// TestAscending: the first key may be any, also the empty one; each other one
// is greater than the one before.
func TestAscending(t *testing.T) {
	for name, c := range map[string]struct {
		keys    []string
		damaged bool
	}{
		"none": {nil, false}, "one": {[]string{""}, false}, "ascending": {[]string{"", "a", "aa", "b"}, false},
		"twice": {[]string{"a", "a"}, true}, "in a circle": {[]string{"a", "b", "a"}, true}, "twice nothing": {[]string{"", ""}, true},
	} {
		err := guard(func() error {
			var order ascending
			for _, key := range c.keys {
				order.next([]byte(key))
			}
			return nil
		})
		if errors.Is(err, ErrDamaged) != c.damaged {
			t.Errorf("%s: %v", name, err)
		}
	}
}
