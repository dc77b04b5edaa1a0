package sealed_test

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/issuer/singleuse"
	"github.com/chancery-vc/chancery/issuer/singleuse/local"
	"github.com/chancery-vc/chancery/issuer/singleuse/sealed"
	"github.com/chancery-vc/chancery/issuer/singleuse/singleusetest"
	"github.com/chancery-vc/chancery/issuer/store"
)

func open(t *testing.T, path string) *store.Store {
	t.Helper()
	s, err := store.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func TestContract(t *testing.T) {
	singleusetest.Run(t, func(t *testing.T) singleusetest.Place {
		path := filepath.Join(t.TempDir(), "s.db")
		var last *store.Store
		return singleusetest.Place{
			Open: func(t *testing.T, now func() time.Time) singleuse.Store {
				if last != nil {
					last.Close()
				}
				last = open(t, path)
				return sealed.New(local.New(last, now), []byte("key"))
			},
			Count: func(t *testing.T) (n int) {
				err := last.View(func(tx *store.Tx) error {
					for range tx.All("single-use") {
						n++
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
				return n
			},
			Overhead: sealed.Overhead,
		}
	})
}

// TestForged: whatever is changed of an entry by who has no key, it is not
// taken; that it was put back as it was cannot be seen.
func TestForged(t *testing.T) {
	under := local.New(open(t, filepath.Join(t.TempDir(), "s.db")), time.Now)
	s := sealed.New(under, []byte("key"))
	e := singleuse.Entry{Key: singleuse.Key{Kind: "token", ID: "t"}, Value: []byte("one record"), Expires: time.Now().Add(time.Hour).Truncate(time.Millisecond)}
	if err := singleuse.Put(t.Context(), s, e); err != nil {
		t.Fatal(err)
	}
	whole, err := singleuse.Take(t.Context(), under, e.Key)
	if err != nil {
		t.Fatal(err)
	}
	alter := func(edit func(*singleuse.Entry)) *singleuse.Entry {
		altered := *whole
		altered.Value = slices.Clone(whole.Value)
		edit(&altered)
		return &altered
	}
	forged := map[string]*singleuse.Entry{
		"another identifier": alter(func(e *singleuse.Entry) { e.ID = "u" }),
		"another kind":       alter(func(e *singleuse.Entry) { e.Kind = "offer" }),
		"a part moved":       alter(func(e *singleuse.Entry) { e.Kind, e.ID = "toke", "nt" }),
		"a later end":        alter(func(e *singleuse.Entry) { e.Expires = e.Expires.Add(time.Millisecond) }),
		"no end":             alter(func(e *singleuse.Entry) { e.Expires = time.Time{} }),
		"no seal":            alter(func(e *singleuse.Entry) { e.Value = []byte("one record") }),
		"nothing":            alter(func(e *singleuse.Entry) { e.Value = nil }),
		"one byte more":      alter(func(e *singleuse.Entry) { e.Value = append(e.Value, 0) }),
	}
	for i := range whole.Value {
		forged["flipped in byte "+string(rune('A'+i))] = alter(func(e *singleuse.Entry) { e.Value[i] ^= 1 })
	}
	for name, e := range forged {
		if err := singleuse.Put(t.Context(), under, *e); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Get(t.Context(), e.Key); !errors.Is(err, sealed.ErrForged) || got != nil {
			t.Errorf("%s: %v, %v", name, got, err)
		}
		if got, err := singleuse.Take(t.Context(), s, e.Key); !errors.Is(err, sealed.ErrForged) || got != nil {
			t.Errorf("%s, taken: %v, %v", name, got, err)
		}
		if _, err := singleuse.Take(t.Context(), under, e.Key); err != nil {
			t.Fatal(err)
		}
	}
	if err := singleuse.Put(t.Context(), under, *whole); err != nil {
		t.Fatal(err)
	}
	if got, err := singleuse.Take(t.Context(), s, e.Key); err != nil || string(got.Value) != "one record" {
		t.Errorf("as it was: %v, %v", got, err)
	}
	if err := singleuse.Put(t.Context(), s, e); err != nil {
		t.Fatal(err)
	}
	if _, err := sealed.New(under, []byte("other")).Get(t.Context(), e.Key); !errors.Is(err, sealed.ErrForged) {
		t.Errorf("by another key: %v", err)
	}
}
