package local_test

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/issuer/singleuse"
	"github.com/chancery-vc/chancery/issuer/singleuse/local"
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
				return local.New(last, now)
			},
			Count: func(t *testing.T) int { return count(t, last) },
		}
	})
}

// count returns how many entries there are; each has one end.
func count(t *testing.T, s *store.Store) (n int) {
	t.Helper()
	ends := 0
	err := s.View(func(tx *store.Tx) error {
		for range tx.All("single-use") {
			n++
		}
		for range tx.All("single-use-ends") {
			ends++
		}
		return nil
	})
	if err != nil || ends != n {
		t.Errorf("%d entries have %d ends, %v", n, ends, err)
	}
	return n
}

var errTest = errors.New("this is what the test wants")

// TestStepIsOneWithTheRecord: what is written beside it fails or is written
// with it, whatever the order.
func TestStepIsOneWithTheRecord(t *testing.T) {
	db := open(t, filepath.Join(t.TempDir(), "s.db"))
	s := local.New(db, time.Now)
	key := singleuse.Key{Kind: "token", ID: "t"}
	if err := singleuse.Put(t.Context(), s, singleuse.Entry{Key: key}); err != nil {
		t.Fatal(err)
	}
	step := s.With(key, func(was *singleuse.Entry) (*singleuse.Entry, error) {
		if was == nil {
			return nil, singleuse.ErrNone
		}
		return nil, nil
	})
	record := func(fails error) error {
		if err := step.Before(t.Context()); err != nil {
			return err
		}
		return db.Update(t.Context(), func(tx *store.Tx) error {
			return errors.Join(tx.Put("log", []byte("1"), []byte("answered")), step.Within(tx), fails)
		})
	}
	for _, c := range []struct {
		fails, want error
		kept, log   int
	}{{errTest, errTest, 1, 0}, {nil, nil, 0, 1}, {nil, singleuse.ErrNone, 0, 1}} {
		if err := record(c.fails); !errors.Is(err, c.want) {
			t.Errorf("got %v, want %v", err, c.want)
		}
		logged := 0
		if err := db.View(func(tx *store.Tx) error { logged = len(tx.Get("log", []byte("1"))) / len("answered"); return nil }); err != nil {
			t.Fatal(err)
		}
		if kept := count(t, db); kept != c.kept || logged != c.log {
			t.Errorf("%d entries and %d records, want %d and %d", kept, logged, c.kept, c.log)
		}
	}
}
