// Package singleusetest is the contract of singleuse.Store: every driver runs
// it.
package singleusetest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/issuer/singleuse"
)

// Place is where a store is kept. Open opens it, as a process does that starts;
// those before it may be gone.
type Place struct {
	Open func(t *testing.T, now func() time.Time) singleuse.Store
	// Count returns how many entries are kept, over or not.
	Count func(t *testing.T) int
	// Slack is how long an entry that is over is kept.
	Slack time.Duration
	// Overhead is by how much less than singleuse.MaxValue a value may have.
	Overhead int
}

// Run runs the contract, with a place for each test.
func Run(t *testing.T, newPlace func(*testing.T) Place) {
	for name, test := range map[string]func(*world){
		"Once": once, "Put": put, "Change": change, "Move": move, "Error": failed, "Ends": ends, "Sweep": sweep, "Keys": keys, "Caps": caps,
		"OneOfMany": oneOfMany, "Counter": counter, "Moves": moves, "Reopened": reopened, "Context": contextEnded, "Model": model,
	} {
		t.Run(name, func(t *testing.T) {
			w := &world{T: t, Place: newPlace(t), clock: &clock{now: start}}
			w.store = w.Open(t, w.clock.Now)
			test(w)
		})
	}
}

// world is a store, and its clock.
type world struct {
	*testing.T
	Place
	store singleuse.Store
	clock *clock
}

// clock is a clock that only the test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

// start is the time that clocks start at.
var start = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

// Now returns the time.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock.
func (c *clock) Advance(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(by)
}

var theKey = singleuse.Key{Kind: "offer", ID: "k"}

func (w *world) entry(key singleuse.Key, value string) singleuse.Entry {
	return singleuse.Entry{Key: key, Value: []byte(value), Expires: w.clock.Now().Add(time.Minute)}
}

func (w *world) put(e singleuse.Entry) {
	w.Helper()
	if err := singleuse.Put(w.Context(), w.store, e); err != nil {
		w.Fatalf("put %v: %v", e.Key, err)
	}
}

// holds fails the test unless the entry at key is want.
func (w *world) holds(want singleuse.Entry) {
	w.Helper()
	got, err := w.store.Get(w.Context(), want.Key)
	if err != nil {
		w.Errorf("%v: %v", want.Key, err)
		return
	}
	if diff := cmp.Diff(want, *got); diff != "" {
		w.Error(diff)
	}
}

func (w *world) none(key singleuse.Key) {
	w.Helper()
	if e, err := w.store.Get(w.Context(), key); !errors.Is(err, singleuse.ErrNone) || e != nil {
		w.Errorf("%v: %v, %v", key, e, err)
	}
}

func (w *world) is(what string, err, kind error) {
	w.Helper()
	if !errors.Is(err, kind) {
		w.Errorf("%s: got %v, want %v", what, err, kind)
	}
}

func once(w *world) {
	w.none(theKey)
	_, err := singleuse.Take(w.Context(), w.store, theKey)
	w.is("taken before it is there", err, singleuse.ErrNone)
	e := w.entry(theKey, "v")
	w.put(e)
	w.holds(e)
	taken, err := singleuse.Take(w.Context(), w.store, theKey)
	if err != nil || cmp.Diff(e, *taken) != "" {
		w.Errorf("%v, %v", taken, err)
	}
	w.none(theKey)
	_, err = singleuse.Take(w.Context(), w.store, theKey)
	w.is("taken again", err, singleuse.ErrNone)
	if n := w.Count(w.T); n != 0 {
		w.Errorf("%d entries are left", n)
	}
}

func put(w *world) {
	e := w.entry(theKey, "first")
	w.put(e)
	w.is("put again", singleuse.Put(w.Context(), w.store, w.entry(theKey, "second")), singleuse.ErrTaken)
	w.holds(e)
	got, err := singleuse.GetOrPut(w.Context(), w.store, w.entry(theKey, "third"))
	if err != nil || string(got.Value) != "first" {
		w.Errorf("got %v, %v", got, err)
	}
	other := w.entry(singleuse.Key{Kind: "offer", ID: "other"}, "fourth")
	if got, err := singleuse.GetOrPut(w.Context(), w.store, other); err != nil || cmp.Diff(other, *got) != "" {
		w.Errorf("put: %v, %v", got, err)
	}
	w.holds(other)
}

func change(w *world) {
	e := w.entry(theKey, "")
	w.put(e)
	for n := range 5 {
		err := w.store.Change(w.Context(), theKey, func(was *singleuse.Entry) (*singleuse.Entry, error) {
			was.Value, was.Expires = append(was.Value, byte(n)), was.Expires.Add(time.Minute)
			return was, nil
		})
		if err != nil {
			w.Fatal(err)
		}
	}
	e.Value, e.Expires = []byte{0, 1, 2, 3, 4}, e.Expires.Add(5*time.Minute)
	w.holds(e)
	nothing := func(was *singleuse.Entry) (*singleuse.Entry, error) { return nil, nil }
	for range 2 { // also where there is nothing
		if err := w.store.Change(w.Context(), theKey, nothing); err != nil {
			w.Error(err)
		}
		w.none(theKey)
	}
}

func moveTo(e singleuse.Entry) singleuse.Change {
	return func(was *singleuse.Entry) (*singleuse.Entry, error) {
		if was == nil {
			return nil, singleuse.ErrNone
		}
		return &e, nil
	}
}

func move(w *world) {
	e, token := w.entry(theKey, "v"), w.entry(singleuse.Key{Kind: "token", ID: "t"}, "w")
	w.put(e)
	if err := w.store.Change(w.Context(), theKey, moveTo(token)); err != nil {
		w.Fatal(err)
	}
	w.none(theKey)
	w.holds(token)
	w.is("moved again", w.store.Change(w.Context(), theKey, moveTo(token)), singleuse.ErrNone)
	w.put(e)
	w.is("moved to where another is", w.store.Change(w.Context(), theKey, moveTo(token)), singleuse.ErrTaken)
	w.holds(e)
	w.holds(token)
	err := w.store.Change(w.Context(), singleuse.Key{Kind: "offer", ID: "none"}, singleuse.New(token))
	w.is("put where another is", err, singleuse.ErrTaken)
	w.holds(token)
}

var errTest = errors.New("this is what the test wants")

func failed(w *world) {
	e := w.entry(theKey, "v")
	w.put(e)
	err := w.store.Change(w.Context(), theKey, func(was *singleuse.Entry) (*singleuse.Entry, error) {
		was.Value[0] = 'x'
		return nil, errTest
	})
	w.is("change", err, errTest)
	w.holds(e)
}

func ends(w *world) {
	first, forever := w.entry(theKey, "v"), singleuse.Entry{Key: singleuse.Key{Kind: "replica", ID: "a"}, Value: []byte("v")}
	w.put(first)
	w.put(forever)
	w.clock.Advance(time.Minute - time.Millisecond)
	w.holds(first)
	w.clock.Advance(time.Millisecond)
	w.none(theKey)
	_, err := singleuse.Take(w.Context(), w.store, theKey)
	w.is("taken", err, singleuse.ErrNone)
	second := w.entry(theKey, "w")
	w.put(second) // in the place of what is over
	w.holds(second)
	w.clock.Advance(100 * 365 * 24 * time.Hour)
	w.holds(forever)
}

func sweep(w *world) {
	const over = 2500 // more than what goes at once
	var group sync.WaitGroup
	for lane := range 8 {
		group.Go(func() {
			for n := lane; n < over; n += 8 {
				e := w.entry(singleuse.Key{Kind: "nonce", ID: fmt.Sprint(n)}, "")
				if err := singleuse.Put(w.Context(), w.store, e); err != nil {
					w.Error(err)
				}
			}
		})
	}
	group.Wait()
	w.put(singleuse.Entry{Key: singleuse.Key{Kind: "replica", ID: "a"}})
	w.clock.Advance(30 * time.Second)
	later := w.entry(theKey, "v")
	w.put(later)
	w.swept(over + 2)
	w.clock.Advance(30*time.Second + w.Slack)
	later.Expires = later.Expires.Add(w.Slack) // so that it is not over
	if err := w.store.Change(w.Context(), theKey, func(*singleuse.Entry) (*singleuse.Entry, error) { return &later, nil }); err != nil {
		w.Error(err)
	}
	w.swept(2)
	w.holds(later)
}

func (w *world) swept(want int) {
	w.Helper()
	if err := w.store.Sweep(w.Context()); err != nil {
		w.Error(err)
	}
	if n := w.Count(w.T); n != want {
		w.Errorf("%d entries are left, want %d", n, want)
	}
}

// keys: no two keys are the same place, and values are any bytes.
func keys(w *world) {
	all := []singleuse.Key{
		{Kind: "a", ID: "bc"},
		{Kind: "ab", ID: "c"},
		{Kind: "abc"},
		{Kind: "a", ID: "b"},
		{Kind: "a", ID: "b\x00"},
		{Kind: "a", ID: "\x00b"},
		{Kind: "a", ID: "\xff\xfe"},
		{Kind: "a", ID: `\x62`},
		{Kind: "a", ID: "'; DROP TABLE single_use; --"},
		{Kind: "ä€", ID: "$1"},
		{Kind: strings.Repeat("k", singleuse.MaxKind), ID: strings.Repeat("i", singleuse.MaxID)},
	}
	var entries []singleuse.Entry
	for n, key := range all {
		e := w.entry(key, fmt.Sprintf("\x00\xff'\"\\%d", n))
		w.put(e)
		entries = append(entries, e)
	}
	for _, e := range entries {
		w.holds(e)
	}
	for n, e := range entries {
		if _, err := singleuse.Take(w.Context(), w.store, e.Key); err != nil {
			w.Error(err)
		}
		for _, other := range entries[n+1:] {
			w.holds(other)
		}
	}
}

func caps(w *world) {
	large := w.entry(theKey, strings.Repeat("v", singleuse.MaxValue-w.Overhead))
	w.put(large)
	w.holds(large)
	more := large
	more.Value = append(more.Value, 'v')
	if err := w.store.Change(w.Context(), theKey, func(*singleuse.Entry) (*singleuse.Entry, error) { return &more, nil }); err == nil {
		w.Error("a larger value is kept")
	}
	w.holds(large)
	for _, key := range []singleuse.Key{
		{}, {ID: "x"}, {Kind: "a\x00b", ID: "c"}, {Kind: strings.Repeat("k", singleuse.MaxKind+1)}, {Kind: "a", ID: strings.Repeat("i", singleuse.MaxID+1)},
	} {
		if err := singleuse.Put(w.Context(), w.store, w.entry(key, "")); err == nil || errors.Is(err, singleuse.ErrUnavailable) {
			w.Errorf("put %v: %v", key, err)
		}
		if _, err := w.store.Get(w.Context(), key); err == nil || errors.Is(err, singleuse.ErrNone) {
			w.Errorf("get %v: %v", key, err)
		}
		if err := w.store.Change(w.Context(), theKey, moveTo(singleuse.Entry{Key: key})); err == nil {
			w.Errorf("moved to %v", key)
		}
	}
	w.holds(large)
}

// oneOfMany: of a hundred who take an entry at once, one has it.
func oneOfMany(w *world) {
	stores := w.crowd()
	for n := range 10 {
		e := w.entry(singleuse.Key{Kind: "offer", ID: fmt.Sprint(n)}, "v")
		w.put(e)
		var had atomic.Int32
		atOnce(100, func(taker int) {
			taken, err := singleuse.Take(w.Context(), stores[taker%len(stores)], e.Key)
			if err == nil && string(taken.Value) == "v" {
				had.Add(1)
			} else if !errors.Is(err, singleuse.ErrNone) {
				w.Errorf("taker %d: %v, %v", taker, taken, err)
			}
		})
		if had.Load() != 1 {
			w.Errorf("%d had it", had.Load())
		}
	}
}

// crowd are stores of the same place, of more than one process if it can be.
func (w *world) crowd() []singleuse.Store {
	if w.Slack == 0 {
		return []singleuse.Store{w.store}
	}
	return []singleuse.Store{w.store, w.Open(w.T, w.clock.Now), w.Open(w.T, w.clock.Now)}
}

func atOnce(n int, do func(int)) {
	var group sync.WaitGroup
	begin := make(chan struct{})
	for i := range n {
		group.Go(func() {
			<-begin
			do(i)
		})
	}
	close(begin)
	group.Wait()
}

// counter: no change is lost.
func counter(w *world) {
	stores := w.crowd()
	const n = 100
	end := w.clock.Now().Add(time.Minute)
	atOnce(n, func(i int) {
		err := stores[i%len(stores)].Change(w.Context(), theKey, func(was *singleuse.Entry) (*singleuse.Entry, error) {
			if was == nil {
				was = &singleuse.Entry{Key: theKey, Expires: end}
			}
			return &singleuse.Entry{Key: theKey, Value: append(was.Value[:len(was.Value):len(was.Value)], 'x'), Expires: end}, nil
		})
		if err != nil {
			w.Error(err)
		}
	})
	w.holds(singleuse.Entry{Key: theKey, Value: []byte(strings.Repeat("x", n)), Expires: end})
}

// moves: of many who redeem one code, one has a token.
func moves(w *world) {
	stores := w.crowd()
	w.put(w.entry(theKey, "v"))
	var had atomic.Int32
	atOnce(50, func(n int) {
		token := w.entry(singleuse.Key{Kind: "token", ID: fmt.Sprint(n)}, "v")
		err := stores[n%len(stores)].Change(w.Context(), theKey, moveTo(token))
		if err == nil {
			had.Add(1)
		} else if !errors.Is(err, singleuse.ErrNone) {
			w.Error(err)
		}
	})
	if n := w.Count(w.T); had.Load() != 1 || n != 1 {
		w.Errorf("%d had it, and %d entries are kept", had.Load(), n)
	}
}

func reopened(w *world) {
	e, gone := w.entry(theKey, "v"), w.entry(singleuse.Key{Kind: "offer", ID: "gone"}, "v")
	w.put(e)
	w.put(gone)
	if _, err := singleuse.Take(w.Context(), w.store, gone.Key); err != nil {
		w.Fatal(err)
	}
	w.store = w.Open(w.T, w.clock.Now)
	w.holds(e)
	w.none(gone.Key)
}
