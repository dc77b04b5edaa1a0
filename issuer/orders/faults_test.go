package orders_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/issuer/orders"
	"github.com/chancery-vc/chancery/issuer/singleuse"
)

// TestCrashBetween: an order that was kept and not announced is followed with the
// next one.
func TestCrashBetween(t *testing.T) {
	o := newOffice(t)
	a := o.replica("a")
	o.follows(a)
	o.store.fails = "orders"
	if number, err := a.Post(t.Context(), orders.Order{Profile: "birth", Keys: []string{"1"}}); !errors.Is(err, singleuse.ErrUnavailable) {
		t.Errorf("%d, %v", number, err)
	}
	o.store.fails = ""
	o.follows(a)
	o.post(a, "2")
	o.follows(a, "1", "2")
}

// TestStopped: what could not be done is done the next time.
func TestStopped(t *testing.T) {
	o := newOffice(t)
	a := o.replica("a")
	o.post(a, "1")
	failure := errors.New("the disk is full")
	err := a.Follow(t.Context(), a.place, func(orders.Order, orders.Place) (orders.Done, error) { return orders.Done{}, failure })
	if !errors.Is(err, failure) {
		t.Error(err)
	}
	o.follows(a, "1")
}

// TestEmptiedBetween: an order that goes with the store while it is given is not
// said to have been given, and no number is taken for it.
func TestEmptiedBetween(t *testing.T) {
	o := newOffice(t)
	a := o.replica("a")
	o.follows(a)
	board := o.store.keys("orders")[0]
	o.store.before = func(key singleuse.Key) {
		if key.Kind != board.Kind {
			o.set(board, nil)
		}
	}
	if number, err := a.Post(t.Context(), orders.Order{Profile: "birth", Keys: []string{"1"}}); !errors.Is(err, orders.ErrMissing) {
		t.Errorf("%d, %v", number, err)
	}
	o.store.before = nil
	o.post(a, "2")
	o.follows(a, "2")
}

// TestKilledBeforeTold: what a replica did and was stopped before it told, it
// tells when it is there again: who gave the order would take it for nothing.
func TestKilledBeforeTold(t *testing.T) {
	for _, more := range [][]string{nil, {"2", "3"}} {
		o := newOffice(t)
		a := o.replica("a")
		number := o.post(a, "1")
		for _, key := range more {
			o.post(a, key)
		}
		o.store.fails = "order"
		if err := a.follow(t.Context()); !errors.Is(err, singleuse.ErrUnavailable) || a.place.Number != number {
			t.Errorf("%v; it is at %+v", err, a.place)
		}
		o.store.fails = ""
		o.follows(a, append([]string{"1"}, more...)...)
		done, err := a.Done(t.Context(), number)
		if diff := cmp.Diff(map[string]orders.Done{"a": {Revoked: 1}}, done); err != nil || diff != "" {
			t.Errorf("of %d: %v %s", 1+len(more), err, diff)
		}
		o.follows(a)
	}
}

// TestRemoved: an order that somebody took out of the store is missed, and the
// next ones are followed.
func TestRemoved(t *testing.T) {
	o := newOffice(t)
	a := o.replica("a")
	for _, key := range []string{"1", "2", "3"} {
		o.post(a, key)
	}
	o.set(o.store.keys("order")[1], nil)
	if err := a.follow(t.Context()); !errors.Is(err, orders.ErrMissing) {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{"1", "3"}, a.followed); diff != "" {
		t.Error(diff)
	}
	o.follows(a)
}

// TestPutBack: after the store was put back to an earlier state, or emptied, each
// order that is there is followed, also by who has followed as many.
func TestPutBack(t *testing.T) {
	o := newOffice(t)
	a, b := o.replica("a"), o.replica("b")
	o.post(a, "1")
	o.follows(a, "1")
	board, entry := o.store.keys("orders")[0], o.store.seen[o.store.keys("orders")[0]]
	o.post(a, "2")
	o.follows(a, "2")
	o.set(board, &entry)
	o.set(o.store.keys("order")[1], nil)
	o.follows(b, "1")
	o.post(b, "3")
	o.follows(b, "3")
	o.follows(a, "1", "3") // and not only 3 as its second one
	for key := range o.store.seen {
		o.set(key, nil)
	}
	o.post(b, "4")
	o.follows(a, "4")
	o.follows(b, "4")
}

// TestForged: what others wrote, or put elsewhere, is no order.
func TestForged(t *testing.T) {
	o := newOffice(t)
	a := o.replica("a")
	o.post(a, "1")
	o.post(a, "2")
	keys := o.store.keys("order")
	good := o.store.seen[keys[0]]
	flipped := good
	flipped.Value = slices.Clone(good.Value)
	flipped.Value[20] ^= 1
	moved := o.store.seen[keys[1]]
	moved.Key = keys[0]
	for name, e := range map[string]singleuse.Entry{
		"altered": flipped, "another order": moved, "cut off": {Key: keys[0], Value: good.Value[:11]}, "in clear": {Key: keys[0], Value: []byte(`{"id":"x","keys":["9"]}`)},
	} {
		o.set(keys[0], &e)
		if err := a.follow(t.Context()); !errors.Is(err, orders.ErrUnreadable) || len(a.followed) > 0 {
			t.Errorf("%s: %v, %v", name, err, a.followed)
		}
	}
	o.set(keys[0], &good)
	o.follows(a, "1", "2")
	stranger, err := orders.New(o.store, "z", "another secret", func() time.Time { return o.now }, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stranger.Replicas(t.Context()); !errors.Is(err, orders.ErrUnreadable) {
		t.Error(err)
	}
	for key, e := range o.store.seen {
		if strings.Contains(string(e.Value), "birth") {
			t.Errorf("%v is in clear", key)
		}
	}
}

// TestTooMany: there is no room for more replicas than an order has.
func TestTooMany(t *testing.T) {
	o := newOffice(t)
	for n := range orders.MaxReplicas {
		o.follows(o.replica(fmt.Sprint("replica-", n)))
	}
	if err := o.replica("more").follow(t.Context()); err == nil {
		t.Error("one more is there")
	}
}

// TestParts: a long list is several orders, each of which can be kept with what
// all replicas did for it; what cannot be kept is told before anything is given.
func TestParts(t *testing.T) {
	o := newOffice(t)
	var names []string
	for n := range 3000 {
		names = append(names, fmt.Sprintf("2019-\u0001%08d", n))
	}
	parts, err := orders.Order{Profile: "birth", Keys: names, Credentials: names[:1]}.Parts()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for n, part := range parts {
		got = append(got, part.Keys...)
		if last := n == len(parts)-1; last != (part.Profile == "") || last != (len(part.Credentials) == 1) {
			t.Errorf("%d: %+v", n, part)
		}
		if _, err := o.replica("a").Post(t.Context(), part); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff(names, got); diff != "" {
		t.Error(diff)
	}
	for n := range orders.MaxReplicas {
		r := o.replica(fmt.Sprintf("replica-%022d", n))
		err := r.Follow(t.Context(), orders.Place{}, func(orders.Order, orders.Place) (orders.Done, error) {
			return orders.Done{Revoked: 1 << 30, Before: 1 << 30, Problem: orders.NoProfile}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	largest := 0
	for _, e := range o.store.seen {
		largest = max(largest, len(e.Value))
	}
	if room := singleuse.MaxValue - 32; largest > room || largest < orders.MaxNames {
		t.Errorf("the largest has %d bytes of %d", largest, room)
	}
	for _, name := range []string{strings.Repeat("x", orders.MaxNames), "\xff"} {
		if parts, err := (orders.Order{Profile: "birth", Keys: []string{"1", name}}).Parts(); err == nil {
			t.Errorf("%.10q: %d parts", name, len(parts))
		}
	}
	if parts, err := (orders.Order{Profile: "birth"}).Parts(); err != nil || len(parts) != 0 {
		t.Errorf("of nothing: %v, %v", parts, err)
	}
}
