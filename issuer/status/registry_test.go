package status_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/bitstring"
	"github.com/chancery-vc/chancery/issuer/status"
	"github.com/chancery-vc/chancery/issuer/store"
)

// full is how many places of a list are used.
const full = bitstring.MinLength * 3 / 4

var until = time.Date(2027, 7, 1, 12, 0, 0, 0, time.UTC)

func openStore(t *testing.T, path string) *store.Store {
	t.Helper()
	s, err := store.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func open(t *testing.T) (*status.Registry, *store.Store) {
	t.Helper()
	s := openStore(t, filepath.Join(t.TempDir(), "s.db"))
	return openRegistry(t, s), s
}

func openRegistry(t *testing.T, s *store.Store) *status.Registry {
	t.Helper()
	r, err := status.Open(s, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func entry(id, profile, subject string, place status.Place) status.Entry {
	return status.Entry{Credential: id, Profile: profile, Subject: subject, Place: place, ValidUntil: until}
}

func assign(t *testing.T, r *status.Registry, s *store.Store, entries ...status.Entry) {
	t.Helper()
	for _, e := range entries {
		if err := s.Update(t.Context(), func(tx *store.Tx) error { return r.Assign(tx, e) }); err != nil {
			t.Fatal(err)
		}
	}
}

func revoke(t *testing.T, s *store.Store, e status.Entry) {
	t.Helper()
	if err := s.Update(t.Context(), func(tx *store.Tx) error { return status.Revoke(tx, e, until) }); err != nil {
		t.Fatal(err)
	}
}

// bits returns the lists as who reads them gets them.
func bits(t *testing.T, r *status.Registry) []bitstring.Bits {
	t.Helper()
	lists, err := r.Encoded()
	if err != nil {
		t.Fatal(err)
	}
	var all []bitstring.Bits
	for _, encoded := range lists {
		list, err := bitstring.Decode(encoded)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, list)
	}
	return all
}

// TestNoPlaceTwice: many issue at once, some of them give up, the issuer
// starts again, and so on.
func TestNoPlaceTwice(t *testing.T) {
	const starts, workers, each = 4, 16, 8
	path := filepath.Join(t.TempDir(), "s.db")
	var mu sync.Mutex
	seen := map[status.Place]bool{}
	for start := range starts {
		s := openStore(t, path)
		r := openRegistry(t, s)
		var group sync.WaitGroup
		for worker := range workers {
			group.Go(func() {
				for n := range each {
					place, err := r.Reserve()
					if err != nil {
						t.Error(err)
						return
					}
					if n%4 == 0 {
						continue // a promise that is not kept
					}
					e := entry(fmt.Sprintf("urn:%d:%d:%d", start, worker, n), "p", "s", place)
					if err := s.Update(t.Context(), func(tx *store.Tx) error { return r.Assign(tx, e) }); err != nil {
						t.Error(err)
					}
					mu.Lock()
					if seen[place] {
						t.Errorf("%v is there twice", place)
					}
					seen[place] = true
					mu.Unlock()
				}
			})
		}
		group.Wait()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if want := starts * workers * each * 3 / 4; len(seen) != want {
		t.Errorf("%d places, want %d", len(seen), want)
	}
}

func TestPromisesAreDifferent(t *testing.T) {
	r, _ := open(t)
	seen := map[status.Place]bool{}
	for n := range full + 1 {
		place, err := r.Reserve()
		if err != nil {
			t.Fatal(err)
		}
		if seen[place] || place.Index < 0 || place.Index >= bitstring.MinLength {
			t.Fatalf("promise %d: %v", n, place)
		}
		if want := 1 + n/full; place.List != want {
			t.Fatalf("promise %d is of list %d, not %d", n, place.List, want)
		}
		seen[place] = true
	}
}

// TestTakenPlacesAreSkipped: chance gives place 5 again and again, also after a
// restart.
func TestTakenPlacesAreSkipped(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "s.db"))
	chance := func(words ...byte) *bytes.Reader {
		var text []byte
		for _, word := range words {
			text = append(text, 0, 0, 0, word)
		}
		return bytes.NewReader(text)
	}
	for _, test := range []struct {
		random *bytes.Reader
		want   []int
	}{{chance(5, 5, 7), []int{5, 7}}, {chance(7, 5, 5, 9), []int{9}}} {
		r, err := status.Open(s, test.random)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range test.want {
			place, err := r.Reserve()
			if err != nil || place.Index != want {
				t.Fatalf("got %v, %v; want %d", place, err, want)
			}
			assign(t, r, s, entry(fmt.Sprint("urn:", want), "p", "s", place))
		}
	}
}

// TestPlacesSayNothingOfTime: early places are spread over the whole list.
func TestPlacesSayNothingOfTime(t *testing.T) {
	r, _ := open(t)
	const n, parts = 800, 8
	var counts [parts]int
	for range n {
		place, err := r.Reserve()
		if err != nil {
			t.Fatal(err)
		}
		counts[place.Index*parts/bitstring.MinLength]++
	}
	for part, count := range counts {
		if count < n/parts/2 || count > n/parts*2 {
			t.Errorf("part %d of the list has %d of %d places", part, count, n)
		}
	}
}

func TestNextListAfterRestart(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: filling a list takes seconds")
	}
	r, s := open(t)
	err := s.Update(t.Context(), func(tx *store.Tx) error {
		for n := range full - 1 {
			e := entry(fmt.Sprint("urn:", n), "p", "s", status.Place{List: 1, Index: n})
			if err := r.Assign(tx, e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	again := openRegistry(t, s)
	last, err := again.Reserve()
	if err != nil || last.List != 1 || last.Index < full-1 {
		t.Errorf("the last place of list 1: %v, %v", last, err)
	}
	first, err := again.Reserve()
	if err != nil || first.List != 2 {
		t.Errorf("the first place of list 2: %v, %v", first, err)
	}
	assign(t, again, s, entry("urn:first", "p", "s", first))
	next, err := openRegistry(t, s).Reserve()
	if err != nil || next.List != 2 || next == first {
		t.Errorf("after another restart: %v, %v", next, err)
	}
	revoke(t, s, entry("urn:first", "p", "s", first))
	lists := bits(t, openRegistry(t, s))
	if len(lists) != 2 {
		t.Fatalf("%d lists", len(lists))
	}
	if set, err := lists[1].Get(first.Index); err != nil || !set {
		t.Errorf("the bit in list 2: %v, %v", set, err)
	}
	if !bytes.Equal(lists[0], bitstring.New(bitstring.MinLength)) {
		t.Error("list 1 has a bit set")
	}
}

func TestBits(t *testing.T) {
	r, s := open(t)
	if lists := bits(t, r); len(lists) != 1 || !bytes.Equal(lists[0], bitstring.New(bitstring.MinLength)) {
		t.Errorf("of nothing: %d lists", len(lists))
	}
	a := entry("urn:a", "p", "s", status.Place{List: 1, Index: 0})
	b := entry("urn:b", "p", "s", status.Place{List: 1, Index: 9})
	c := entry("urn:c", "p", "s", status.Place{List: 1, Index: bitstring.MinLength - 1})
	assign(t, r, s, a, b, c)
	revoke(t, s, a)
	revoke(t, s, c)
	revoke(t, s, c) // twice is once
	lists := bits(t, r)
	if len(lists) != 1 {
		t.Fatalf("%d lists", len(lists))
	}
	want := bitstring.New(bitstring.MinLength)
	want[0], want[len(want)-1] = 0x80, 0x01
	if !bytes.Equal(lists[0], want) {
		t.Error("other bits are set than those that were revoked")
	}
}

func TestBitsOfAListThatIsNotThere(t *testing.T) {
	r, s := open(t)
	assign(t, r, s, entry("urn:a", "p", "s", status.Place{List: 1, Index: 0}))
	revoke(t, s, entry("urn:b", "p", "s", status.Place{List: 2, Index: 0}))
	if lists, err := r.Encoded(); err == nil {
		t.Errorf("%d lists", len(lists))
	}
}

func TestAssignRefusesWhatIsTaken(t *testing.T) {
	r, s := open(t)
	assign(t, r, s, entry("urn:a", "p", "s", status.Place{List: 1, Index: 5}))
	for name, e := range map[string]status.Entry{
		"place":      entry("urn:b", "p", "s", status.Place{List: 1, Index: 5}),
		"credential": entry("urn:a", "p", "s", status.Place{List: 1, Index: 6}),
	} {
		if err := s.Update(t.Context(), func(tx *store.Tx) error { return r.Assign(tx, e) }); err == nil {
			t.Errorf("a taken %s was given again", name)
		}
	}
}

func TestFind(t *testing.T) {
	r, s := open(t)
	want := entry("urn:a", "birth", "subject", status.Place{List: 1, Index: 5})
	assign(t, r, s, want)
	find := func(id string) (e status.Entry, err error) {
		_ = s.View(func(tx *store.Tx) error { e, err = status.Find(tx, id); return nil })
		return e, err
	}
	got, err := find("urn:a")
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	revoke(t, s, want)
	if got, err := find("urn:a"); err != nil || !got.Revoked {
		t.Errorf("after it was revoked: %+v, %v", got, err)
	}
	for _, id := range []string{"urn:b", "", "urn:a\x00", strings.Repeat("x", 10_000)} {
		if _, err := find(id); !errors.Is(err, status.ErrUnknown) || len(err.Error()) > 200 {
			t.Errorf("%.20q: %v", id, err)
		}
	}
}

// TestBySubject: no subject is found under a part of its name.
func TestBySubject(t *testing.T) {
	r, s := open(t)
	for n, of := range [][2]string{{"p", "s"}, {"p", "s"}, {"p", "ss"}, {"ps", "s"}, {"p", ""}} {
		assign(t, r, s, entry(fmt.Sprint("urn:", n), of[0], of[1], status.Place{List: 1, Index: n}))
	}
	for of, want := range map[[2]string][]string{
		{"p", "s"}: {"urn:0", "urn:1"}, {"p", "ss"}: {"urn:2"}, {"ps", "s"}: {"urn:3"}, {"p", ""}: {"urn:4"}, {"", "ps"}: nil, {"p", "x"}: nil,
	} {
		var got []string
		err := s.View(func(tx *store.Tx) error {
			entries, err := status.BySubject(tx, of[0], of[1])
			for _, e := range entries {
				got = append(got, e.Credential)
			}
			return err
		})
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%q: %v %s", of, err, diff)
		}
	}
}

func TestReserveWithoutRandomness(t *testing.T) {
	_, s := open(t)
	broken := errors.New("no more randomness")
	r, err := status.Open(s, iotest.ErrReader(broken))
	if err != nil {
		t.Fatal(err)
	}
	if place, err := r.Reserve(); !errors.Is(err, broken) || place != (status.Place{}) {
		t.Errorf("got %v, %v", place, err)
	}
}
