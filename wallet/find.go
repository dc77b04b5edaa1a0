package wallet

import (
	"fmt"
	"slices"
	"strings"
)

// Get returns the one credential that id names: its ID or its own identifier,
// or, if that is no other one's too, the beginning or end of either.
func (w *Wallet) Get(id string) (Entry, error) {
	entries, err := w.List()
	if err != nil {
		return Entry{}, err
	}
	for _, matches := range []func(name, id string) bool{equal, touches} {
		found := slices.DeleteFunc(slices.Clone(entries), func(e Entry) bool {
			return id == "" || !matches(e.ID, id) && !matches(e.Credential.ID, id)
		})
		if len(found) == 1 {
			return found[0], nil
		}
		if len(found) > 1 {
			return Entry{}, fmt.Errorf("%w: %.100q names %d; give more of it", ErrAmbiguous, id, len(found))
		}
	}
	return Entry{}, fmt.Errorf("%w: %.100q; see list", ErrUnknown, id)
}

func equal(name, id string) bool { return name == id }

func touches(name, id string) bool {
	return strings.HasPrefix(name, id) || strings.HasSuffix(name, id)
}
