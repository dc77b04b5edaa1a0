package store_test

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"

	"github.com/chancery-vc/chancery/issuer/store"
)

// TestKept: what is kept is there for the changes of one transaction, and not
// for any after a change of it failed.
func TestKept(t *testing.T) {
	s, _ := open(t)
	type key struct{}
	failure := errors.New("failure")
	// count counts the changes that are durable, by what is kept if it is.
	count := func(tx *store.Tx) {
		n, ok := tx.Kept(key{}).(int)
		if !ok {
			n = len(tx.Get("b", []byte("k")))
		}
		tx.Keep(key{}, n+1)
		if err := tx.Put("b", []byte("k"), make([]byte, n+1)); err != nil {
			t.Error(err)
		}
	}
	const changes, each = 300, 3
	var group sync.WaitGroup
	for i := range changes {
		group.Go(func() {
			err := s.Update(t.Context(), func(tx *store.Tx) error {
				count(tx)
				if i%each == 0 {
					return failure
				}
				return nil
			})
			if errors.Is(err, failure) != (i%each == 0) {
				t.Errorf("change %d: %v", i, err)
			}
		})
	}
	group.Wait()
	err := s.View(func(tx *store.Tx) error {
		if got, want := len(tx.Get("b", []byte("k"))), changes-changes/each; got != want {
			t.Errorf("%d changes are durable, want %d", got, want)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// TestAppend: what is appended is there in order, beside what is put, and takes
// less room than it.
func TestAppend(t *testing.T) {
	sizes := map[string]int64{}
	for name, add := range map[string]func(*store.Tx, string, []byte, []byte) error{"appended": (*store.Tx).Append, "put": (*store.Tx).Put} {
		s, _ := open(t)
		for n := range 20 {
			err := s.Update(t.Context(), func(tx *store.Tx) error {
				for i := range 100 {
					if err := add(tx, "b", fmt.Appendf(nil, "%06d", n*100+i), make([]byte, 800)); err != nil {
						return err
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		next := 0
		err := s.View(func(tx *store.Tx) error {
			for key, value := range tx.All("b") {
				if string(key) != fmt.Sprintf("%06d", next) || len(value) != 800 {
					t.Errorf("%s: %s, %d bytes, in place %d", name, key, len(value), next)
				}
				next++
			}
			return nil
		})
		if err != nil || next != 2000 {
			t.Errorf("%s: %d entries, %v", name, next, err)
		}
		sizes[name] = used(t, s)
	}
	if sizes["appended"] >= sizes["put"] {
		t.Errorf("bytes: %v", sizes)
	}
}

// used returns the bytes of a copy of the file.
func used(t *testing.T, s *store.Store) (bytes int64) {
	t.Helper()
	if err := s.Snapshot(io.Discard, func(size int64) { bytes = size }); err != nil {
		t.Fatal(err)
	}
	return bytes
}
