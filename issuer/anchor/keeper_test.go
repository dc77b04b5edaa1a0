package anchor_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/issuer/anchor"
	"github.com/chancery-vc/chancery/issuer/anchor/anchortest"
)

// log is a log of size records.
type log struct {
	mu       sync.Mutex
	size     uint64
	anchored []string
	err      error
}

func (l *log) Checkpoint() ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return anchortest.Checkpoint(l.size), l.err
}

func (l *log) Anchored(_ context.Context, name string, kept anchor.Head) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.size++
	l.anchored = append(l.anchored, name+" "+kept.Hash)
	return nil
}

func (l *log) add(n uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.size += n
}

// switched is an anchor that can be turned off.
type switched struct {
	memory
	off bool
}

func (s *switched) Put(ctx context.Context, checkpoint []byte) error {
	if s.off {
		return errUnreachable
	}
	return s.Add(ctx, checkpoint)
}

func silent(anchor.Status) {}

func sizes(t *testing.T, m memory) (all []uint64) {
	t.Helper()
	for _, checkpoint := range m.all {
		head, err := anchor.Read(checkpoint)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, head.Size)
	}
	return all
}

// TestKeeper: each place gets a checkpoint when it is due and there is
// something new; the keeper's own records are nothing new.
func TestKeeper(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		often, seldom, l := &switched{}, &switched{}, &log{size: 10}
		k := anchor.NewKeeper([]anchor.Place{{Name: "often", Anchor: often, Every: time.Minute}, {Name: "seldom", Anchor: seldom, Every: time.Hour}}, l, time.Now, silent)
		ctx, cancel := context.WithCancel(t.Context())
		ticker := time.NewTicker(10 * time.Second)
		defer ticker.Stop()
		done := make(chan struct{})
		go func() { k.Run(ctx, ticker.C); close(done) }()
		time.Sleep(150 * time.Minute)
		l.add(1)
		time.Sleep(45 * time.Minute)
		cancel()
		<-done
		if got := len(often.all) + len(seldom.all); got != 4 || len(l.anchored) != 4 || l.size != 15 {
			t.Errorf("kept %v and %v; logged %v; %d records", sizes(t, often.memory), sizes(t, seldom.memory), l.anchored, l.size)
		}
		if diff := cmp.Diff([]uint64{13, 14}, []uint64{sizes(t, often.memory)[1], sizes(t, seldom.memory)[1]}); diff != "" {
			t.Error(diff)
		}
	})
}

// TestKeeperCountsFailures, and goes on when the anchor is back.
func TestKeeperCountsFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, l := &switched{off: true}, &log{size: 10}
		var reported []anchor.Status
		k := anchor.NewKeeper([]anchor.Place{{Name: "a", Anchor: a, Every: time.Minute}}, l, time.Now, func(s anchor.Status) { reported = append(reported, s) })
		began := time.Now()
		for range 3 {
			k.Round(t.Context())
			k.Round(t.Context()) // at once, when it is not due
			time.Sleep(time.Minute)
		}
		if s := k.Status()[0]; s.Failures != 3 || s.Puts != 0 || !errors.Is(s.Err, errUnreachable) || !s.Good.Equal(began) || len(reported) != 3 || len(l.anchored) != 0 {
			t.Errorf("got %+v, %d reports, logged %v", s, len(reported), l.anchored)
		}
		a.off = false
		k.Round(t.Context())
		want := anchor.Status{Name: "a", Kept: anchor.Head{Origin: anchortest.Origin, Size: 10, Hash: anchortest.Hash(10)}, Good: time.Now(), Puts: 1, Failures: 3}
		if diff := cmp.Diff(want, reported[3]); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"a " + anchortest.Hash(10)}, l.anchored); diff != "" {
			t.Error(diff)
		}
	})
}

// TestStale: issuing stops when all places that it depends on have been behind
// for too long, and goes on with the first that is not.
func TestStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		free, strict, lenient, l := &switched{}, &switched{}, &switched{}, &log{size: 10}
		k := anchor.NewKeeper([]anchor.Place{
			{Name: "free", Anchor: free, Every: time.Minute},
			{Name: "strict", Anchor: strict, Every: time.Minute, StopAfter: time.Hour},
			{Name: "lenient", Anchor: lenient, Every: time.Minute, StopAfter: 2 * time.Hour},
		}, l, time.Now, silent)
		pass := func(d time.Duration) {
			for range d / time.Minute {
				time.Sleep(time.Minute)
				l.add(1)
				k.Round(t.Context())
			}
		}
		k.Round(t.Context())
		strict.off, lenient.off = true, true
		pass(time.Hour + time.Minute)
		if err := k.Stale(); err != nil {
			t.Errorf("one has time left: %v", err)
		}
		pass(time.Hour)
		err := k.Stale()
		if !errors.Is(err, anchor.ErrStale) || !errors.Is(err, errUnreachable) || !strings.Contains(err.Error(), "stop_after") {
			t.Errorf("none has: got %v", err)
		}
		strict.off = false
		pass(time.Minute)
		if err := k.Stale(); err != nil {
			t.Errorf("one is back: %v", err)
		}
	})
}

// TestStaleNever: without a term, nothing stops.
func TestStaleNever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := anchor.NewKeeper([]anchor.Place{{Name: "a", Anchor: &switched{off: true}, Every: time.Minute}}, &log{}, time.Now, silent)
		for range 10 {
			time.Sleep(365 * 24 * time.Hour)
			k.Round(t.Context())
		}
		if err := k.Stale(); err != nil || k.Status()[0].Failures != 10 {
			t.Errorf("got %v, %+v", err, k.Status())
		}
	})
}

// TestHungAnchor holds up neither the others nor who asks, is not asked twice
// at once, and is stale in time.
func TestHungAnchor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, l := &switched{}, &log{size: 10}
		store := &memory{released: make(chan struct{})}
		k := anchor.NewKeeper([]anchor.Place{
			{Name: "hung", Anchor: anchor.In(store), Every: time.Second, StopAfter: time.Minute}, {Name: "a", Anchor: a, Every: time.Second},
		}, l, time.Now, silent)
		ctx, cancel := context.WithCancel(t.Context())
		ticker := time.NewTicker(time.Second)
		defer ticker.Stop()
		done := make(chan struct{})
		go func() { k.Run(ctx, ticker.C); close(done) }()
		for range 90 {
			time.Sleep(time.Second)
			l.add(1)
			k.Stale()
		}
		if err := k.Stale(); !errors.Is(err, anchor.ErrStale) {
			t.Errorf("got %v", err)
		}
		if s := k.Status(); s[0].Failures != 1 || s[1].Puts < 60 {
			t.Errorf("got %+v", s)
		}
		cancel()
		<-done // although the store hangs
		close(store.released)
	})
}

// TestClockSetBack: a place is not left alone until the clock is there again.
func TestClockSetBack(t *testing.T) {
	now := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	a, l := &switched{}, &log{size: 1}
	k := anchor.NewKeeper([]anchor.Place{{Name: "a", Anchor: a, Every: time.Hour, StopAfter: 3 * time.Hour}}, l, func() time.Time { return now }, silent)
	k.Round(t.Context())
	now = now.Add(-24 * time.Hour)
	l.add(1)
	k.Round(t.Context())
	if got := sizes(t, a.memory); len(got) != 2 {
		t.Errorf("it has checkpoints of %v records", got)
	}
	if err := k.Stale(); err != nil {
		t.Errorf("got %v", err)
	}
}

// TestNoCheckpoint: a log that cannot be read is a failure of each place.
func TestNoCheckpoint(t *testing.T) {
	damaged := errors.New("damaged")
	k := anchor.NewKeeper([]anchor.Place{{Name: "a", Anchor: &switched{}, Every: time.Hour}}, &log{err: damaged}, time.Now, silent)
	k.Round(t.Context())
	if s := k.Status()[0]; !errors.Is(s.Err, damaged) || s.Failures != 1 || s.Puts != 0 {
		t.Errorf("got %+v", s)
	}
}
