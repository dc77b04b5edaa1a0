package orders_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/issuer/orders"
	"github.com/chancery-vc/chancery/issuer/singleuse"
	"github.com/chancery-vc/chancery/issuer/singleuse/singleusetest"
)

// office is a store that replicas share.
type office struct {
	*testing.T
	store *faulty
	now   time.Time
}

func newOffice(t *testing.T) *office {
	o := &office{T: t, now: time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)}
	o.store = &faulty{Store: singleusetest.NewShared(func() time.Time { return o.now }), seen: map[singleuse.Key]singleuse.Entry{}}
	return o
}

// faulty is a store whose changes of a kind fail, and that knows what was there.
type faulty struct {
	singleuse.Store
	fails string
	// before is called with what is about to change, unless it is nil.
	before func(singleuse.Key)

	mu   sync.Mutex
	seen map[singleuse.Key]singleuse.Entry
}

func (f *faulty) Change(ctx context.Context, key singleuse.Key, change singleuse.Change) error {
	if key.Kind == f.fails {
		return singleuse.ErrUnavailable
	}
	if f.before != nil {
		f.before(key)
	}
	return f.Store.Change(ctx, key, func(was *singleuse.Entry) (*singleuse.Entry, error) {
		becomes, err := change(was)
		if err == nil && becomes != nil {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.seen[key] = *becomes
		}
		return becomes, err
	})
}

// keys returns where entries of a kind are.
func (f *faulty) keys(kind string) (keys []singleuse.Key) {
	for key := range f.seen {
		if key.Kind == kind {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(a, b singleuse.Key) int { return strings.Compare(a.ID, b.ID) })
	return keys
}

// set puts an entry, or nothing, where another one is.
func (o *office) set(key singleuse.Key, e *singleuse.Entry) {
	o.Helper()
	if err := o.store.Store.Change(o.Context(), key, func(*singleuse.Entry) (*singleuse.Entry, error) { return e, nil }); err != nil {
		o.Fatal(err)
	}
}

// replica follows orders, and keeps what it did.
type replica struct {
	*orders.List
	place    orders.Place
	followed []string
}

func (o *office) replica(name string) *replica {
	o.Helper()
	l, err := orders.New(o.store, name, "secret of all", func() time.Time { return o.now }, rand.Reader)
	if err != nil {
		o.Fatal(err)
	}
	return &replica{List: l}
}

func (r *replica) follow(ctx context.Context) error {
	return r.Follow(ctx, r.place, func(o orders.Order, at orders.Place) (orders.Done, error) {
		r.place = at
		r.followed = append(r.followed, o.Keys...)
		return orders.Done{Revoked: len(o.Keys)}, nil
	})
}

func (o *office) post(by *replica, keys ...string) uint64 {
	o.Helper()
	number, err := by.Post(o.Context(), orders.Order{Profile: "birth", Keys: keys})
	if err != nil {
		o.Fatal(err)
	}
	return number
}

// follows fails the test unless r now follows these orders, and no others.
func (o *office) follows(r *replica, want ...string) {
	o.Helper()
	r.followed = nil
	if err := r.follow(o.Context()); err != nil {
		o.Error(err)
	}
	if diff := cmp.Diff(want, r.followed); diff != "" {
		o.Error(diff)
	}
}

// TestFollowed: each replica follows each order once and in their sequence, those
// of before it was there, too; each sees what the others did.
func TestFollowed(t *testing.T) {
	o := newOffice(t)
	a, b := o.replica("a"), o.replica("b")
	o.follows(a)
	first := o.post(a, "1", "2")
	o.follows(a, "1", "2")
	second := o.post(b, "3")
	if first != 1 || second != 2 {
		t.Errorf("%d, %d", first, second)
	}
	o.follows(b, "1", "2", "3")
	o.follows(b)
	all, err := a.Replicas(t.Context())
	want := []orders.Replica{{Name: "a", Seen: o.now, Followed: 1, Behind: 1}, {Name: "b", Seen: o.now, Followed: 2}}
	if diff := cmp.Diff(want, all); err != nil || diff != "" {
		t.Error(err, diff)
	}
	o.follows(a, "3")
	done, err := b.Done(t.Context(), first)
	if diff := cmp.Diff(map[string]orders.Done{"a": {Revoked: 2}, "b": {Revoked: 2}}, done); err != nil || diff != "" {
		t.Error(err, diff)
	}
	late := o.replica("c")
	o.follows(late, "1", "2", "3")
}

// TestSeen: a replica says that it is there, as often as it must to be taken to
// be, and is not when it stopped.
func TestSeen(t *testing.T) {
	o := newOffice(t)
	a := o.replica("a")
	for range 90 {
		o.follows(a)
		o.now = o.now.Add(2 * time.Second)
	}
	lively := func() bool {
		all, err := a.Replicas(t.Context())
		if err != nil || len(all) != 1 {
			t.Fatal(all, err)
		}
		return all[0].Lively(o.now)
	}
	if !lively() {
		t.Error("it is not seen")
	}
	o.now = o.now.Add(time.Minute)
	if lively() {
		t.Error("it is seen a minute after it stopped")
	}
}

// TestForgotten: a replica that is gone can be forgotten, and one that is there
// cannot. If it was not gone after all it misses nothing.
func TestForgotten(t *testing.T) {
	o := newOffice(t)
	a, b := o.replica("a"), o.replica("b")
	o.follows(a)
	o.post(a, "1")
	o.follows(b, "1")
	for name, want := range map[string]error{"b": orders.ErrLively, "c": orders.ErrNoReplica} {
		for _, err := range []error{a.CheckGone(t.Context(), name), a.Forget(t.Context(), name)} {
			if !errors.Is(err, want) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	o.now = o.now.Add(time.Hour)
	o.follows(a, "1")
	if err := errors.Join(a.CheckGone(t.Context(), "b"), a.Forget(t.Context(), "b")); err != nil {
		t.Error(err)
	}
	names := func() (names []string) {
		all, err := a.Replicas(t.Context())
		if err != nil {
			t.Error(err)
		}
		for _, r := range all {
			names = append(names, r.Name)
		}
		return names
	}
	if diff := cmp.Diff([]string{"a"}, names()); diff != "" {
		t.Error(diff)
	}
	o.post(a, "2")
	o.follows(b, "2")
	if diff := cmp.Diff([]string{"a", "b"}, names()); diff != "" {
		t.Error(diff)
	}
}

// TestAtOnce: of many orders that are given at once none is lost.
func TestAtOnce(t *testing.T) {
	o := newOffice(t)
	replicas := []*replica{o.replica("a"), o.replica("b"), o.replica("c")}
	var group sync.WaitGroup
	var want []string
	for n := range 60 {
		want = append(want, fmt.Sprintf("%02d", n))
		group.Go(func() { o.post(replicas[n%3], fmt.Sprintf("%02d", n)) })
	}
	for _, r := range replicas {
		group.Go(func() {
			for range 20 {
				if err := r.follow(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	for _, r := range replicas {
		if err := r.follow(t.Context()); err != nil {
			t.Error(err)
		}
		slices.Sort(r.followed)
		if diff := cmp.Diff(want, r.followed); diff != "" {
			t.Error(diff)
		}
	}
}
