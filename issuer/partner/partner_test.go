package partner_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/issuer/partner"
	"github.com/chancery-vc/chancery/issuer/singleuse"
	"github.com/chancery-vc/chancery/issuer/singleuse/local"
	"github.com/chancery-vc/chancery/issuer/singleuse/sealed"
	"github.com/chancery-vc/chancery/issuer/singleuse/singleusetest"
	"github.com/chancery-vc/chancery/issuer/store"
)

const id = "urn:uuid:1"

var start = time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)

// office is a ledger, with the clock of its store.
type office struct {
	*testing.T
	*partner.Ledger
	file *store.Store // nil if the state is shared
	now  time.Time
}

// offices runs a test on a ledger in a state file, and on one that replicas
// share.
func offices(t *testing.T, test func(*office)) {
	t.Run("local", func(t *testing.T) {
		o := &office{T: t, now: start}
		path := filepath.Join(t.TempDir(), "state.db")
		var err error
		if o.file, err = store.Open(path); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { o.file.Close() })
		o.Ledger = partner.New(local.New(o.file, o.clock))
		test(o)
	})
	t.Run("shared", func(t *testing.T) {
		o := &office{T: t, now: start}
		o.Ledger = partner.New(sealed.New(singleusetest.NewShared(o.clock), []byte("key")))
		test(o)
	})
}

func (o *office) clock() time.Time { return o.now }

// do makes a step, as the log does.
func (o *office) do(step singleuse.Step) error {
	if err := step.Before(context.Background()); err != nil || o.file == nil {
		return err
	}
	return o.file.Update(context.Background(), step.Within)
}

func (o *office) open(most int) {
	o.Helper()
	if err := o.do(o.Open(id, partner.State{Digest: "d", Most: most, Expires: start.Add(time.Hour)})); err != nil {
		o.Fatal(err)
	}
}

func (o *office) count(record string) error { return o.do(o.Count(id, digest(record))) }

// digest stands for the keyed digest of a record.
func digest(record string) string { return fmt.Sprintf("%-22s", record) }

// is fails the test unless err is of this kind, or nil.
func (o *office) is(what string, err, kind error) {
	o.Helper()
	if !errors.Is(err, kind) {
		o.Errorf("%s: %v, want %v", what, err, kind)
	}
}

func (o *office) used(want int) {
	o.Helper()
	if s, err := o.State(o.Context(), id); err != nil || s.Used() != want {
		o.Errorf("used %d, %v; want %d", s.Used(), err, want)
	}
}

// TestCount: each record counts once, and there are no more than were granted.
func TestCount(t *testing.T) {
	offices(t, func(o *office) {
		o.is("before there is one", o.count("a"), partner.ErrUnknown)
		o.open(2)
		o.is("opened again", o.do(o.Open(id, partner.State{Most: 9, Expires: start.Add(time.Hour)})), singleuse.ErrTaken)
		for _, record := range []string{"a", "a", "b", "a", "b"} {
			o.is(record, o.count(record), nil)
		}
		o.is("one more", o.count("c"), partner.ErrUsedUp)
		o.is("one of before", o.count("b"), nil)
		o.used(2)
	})
}

// TestMost: as many as can be granted are kept, sealed.
func TestMost(t *testing.T) {
	const most = 1000
	o := &office{T: t, now: start}
	o.Ledger = partner.New(sealed.New(singleusetest.NewShared(o.clock), []byte("key")))
	o.open(most)
	for n := range most {
		if err := o.count(fmt.Sprintf("%010d", n)); err != nil {
			o.Fatalf("%d: %v", n, err)
		}
	}
	o.is("one more", o.count("more"), partner.ErrUsedUp)
	o.used(most)
}

// TestConcurrent: of many who ask at once for more than there are, so many are
// counted as there are.
func TestConcurrent(t *testing.T) {
	offices(t, func(o *office) {
		o.open(5)
		var group sync.WaitGroup
		var counted atomic.Int32
		for n := range 40 {
			group.Go(func() {
				err := o.count(fmt.Sprint(n % 20))
				if err == nil {
					counted.Add(1)
				} else if !errors.Is(err, partner.ErrUsedUp) {
					o.Error(err)
				}
			})
		}
		group.Wait()
		o.used(5)
		if n := counted.Load(); n < 5 || n > 10 {
			o.Errorf("%d questions about 5 records, each asked about twice, were counted", n)
		}
	})
}

// TestRevoke: from then on nothing is counted, what was counted before
// neither; and it cannot be revoked twice.
func TestRevoke(t *testing.T) {
	offices(t, func(o *office) {
		o.is("what is none", o.do(o.Revoke(id, o.now)), partner.ErrUnknown)
		o.open(3)
		o.is("before", o.count("a"), nil)
		o.is("revoked", o.do(o.Revoke(id, o.now)), nil)
		o.is("again", o.do(o.Revoke(id, o.now)), partner.ErrRevoked)
		o.is("counted before", o.count("a"), partner.ErrRevoked)
		o.is("another", o.count("b"), partner.ErrRevoked)
		if s, err := o.State(o.Context(), id); err != nil || !s.Revoked.Equal(start) || s.Used() != 1 || s.Digest != "d" {
			o.Errorf("%+v, %v", s, err)
		}
	})
}

// TestEnds: at its end there is no grant any more.
func TestEnds(t *testing.T) {
	offices(t, func(o *office) {
		o.open(3)
		o.now = start.Add(time.Hour - time.Millisecond)
		o.is("just before", o.count("a"), nil)
		o.now = start.Add(time.Hour)
		o.is("at the end", o.count("a"), partner.ErrUnknown)
		_, err := o.State(o.Context(), id)
		o.is("its state", err, partner.ErrUnknown)
	})
}

// TestNothingInClear: an entry has no key of a record, and no whole digest.
func TestNothingInClear(t *testing.T) {
	kept := singleusetest.NewShared(func() time.Time { return start })
	l := partner.New(kept)
	whole := strings.Repeat("d", 22)
	for _, step := range []singleuse.Step{l.Open(id, partner.State{Most: 1, Expires: start.Add(time.Hour)}), l.Count(id, whole)} {
		if err := step.Before(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	e, err := kept.Get(t.Context(), singleuse.Key{Kind: "partner-grant", ID: id})
	if err != nil || strings.Contains(string(e.Value), whole) || !strings.Contains(string(e.Value), whole[:11]) {
		t.Errorf("%s, %v", e.Value, err)
	}
}
