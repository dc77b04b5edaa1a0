package singleusetest

import (
	"context"
	"errors"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/issuer/singleuse"
)

func contextEnded(w *world) {
	ctx, cancel := context.WithCancel(w.Context())
	cancel()
	_, err := w.store.Get(ctx, theKey)
	w.is("get", err, context.Canceled)
	w.is("put", singleuse.Put(ctx, w.store, w.entry(theKey, "v")), context.Canceled)
	w.none(theKey)
}

// modelRuns is how many histories are tried: each write is durable, which takes
// its time.
const modelRuns = 40

// model: whatever is done, in whatever order, a store is a map whose entries
// end.
func model(w *world) {
	run := 0
	rapid.Check(w.T, func(t *rapid.T) {
		if run++; run > modelRuns {
			return
		}
		m := &modelled{T: t, w: w, kind: "run" + string(rune('A'+run%26)) + string(rune('a'+run/26)), entries: map[string]singleuse.Entry{}}
		t.Repeat(map[string]func(*rapid.T){"put": m.put, "take": m.take, "swap": m.swap, "wait": m.wait, "sweep": m.sweep, "": m.check})
	})
}

type modelled struct {
	*rapid.T
	w       *world
	kind    string
	entries map[string]singleuse.Entry
}

func (m *modelled) key(t *rapid.T, name string) singleuse.Key {
	return singleuse.Key{Kind: m.kind, ID: rapid.SampledFrom([]string{"", "a", "b", "\x00"}).Draw(t, name)}
}

func (m *modelled) draw(t *rapid.T, key singleuse.Key) singleuse.Entry {
	e := singleuse.Entry{Key: key, Value: rapid.SliceOfN(rapid.Byte(), 1, 4).Draw(t, "value")}
	if seconds := rapid.IntRange(0, 20).Draw(t, "seconds"); seconds > 0 {
		e.Expires = m.w.clock.Now().Add(time.Duration(seconds) * time.Second)
	}
	return e
}

// live returns what is at key; nil if nothing is.
func (m *modelled) live(key singleuse.Key) *singleuse.Entry {
	e, ok := m.entries[key.ID]
	if !ok || e.Over(m.w.clock.Now()) {
		return nil
	}
	return &e
}

func (m *modelled) put(t *rapid.T) {
	e := m.draw(t, m.key(t, "key"))
	err := singleuse.Put(m.w.Context(), m.w.store, e)
	if m.live(e.Key) != nil {
		m.want(t, err, singleuse.ErrTaken)
		return
	}
	m.want(t, err, nil)
	m.entries[e.ID] = e
}

func (m *modelled) take(t *rapid.T) {
	key := m.key(t, "key")
	taken, err := singleuse.Take(m.w.Context(), m.w.store, key)
	was := m.live(key)
	if was == nil {
		m.want(t, err, singleuse.ErrNone)
		return
	}
	m.want(t, err, nil)
	if diff := cmp.Diff(was, taken); diff != "" {
		t.Error(diff)
	}
	delete(m.entries, key.ID)
}

// swap changes the value and end of an entry, or makes it.
func (m *modelled) swap(t *rapid.T) {
	e := m.draw(t, m.key(t, "key"))
	saw := m.live(e.Key)
	err := m.w.store.Change(m.w.Context(), e.Key, func(was *singleuse.Entry) (*singleuse.Entry, error) {
		if diff := cmp.Diff(saw, was); diff != "" {
			t.Error(diff)
		}
		return &e, nil
	})
	m.want(t, err, nil)
	m.entries[e.ID] = e
}

func (m *modelled) wait(t *rapid.T) {
	m.w.clock.Advance(time.Duration(rapid.IntRange(1, 15).Draw(t, "wait")) * time.Second)
}

func (m *modelled) sweep(t *rapid.T) { m.want(t, m.w.store.Sweep(m.w.Context()), nil) }

func (m *modelled) check(t *rapid.T) {
	key := m.key(t, "look at")
	got, err := m.w.store.Get(m.w.Context(), key)
	if want := m.live(key); want == nil {
		m.want(t, err, singleuse.ErrNone)
	} else if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v: %v\n%s", key, err, diff)
	}
}

func (m *modelled) want(t *rapid.T, err, kind error) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Errorf("got %v, want %v", err, kind)
	}
}
