package access_test

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer/access"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/singleuse"
	"github.com/chancery-vc/chancery/issuer/singleuse/local"
	"github.com/chancery-vc/chancery/issuer/singleuse/singleusetest"
	"github.com/chancery-vc/chancery/issuer/store"
)

var anyQuestion = access.Question{Caller: "school", Purpose: "enrolment", Kind: "credential", Name: "birth", Key: "1"}

// counter is an issuer's view of the one grant of a caller.
type counter struct {
	testing.TB
	*access.Grants
	clock *issuertest.Clock
	used  singleuse.Store
	file  *store.Store // in which used is; nil if it is shared
}

// newCounter returns the counter of a start of an issuer.
func newCounter(t testing.TB, clock *issuertest.Clock, rate config.Rate, used singleuse.Store) *counter {
	t.Helper()
	grant := config.Grant{Name: "all", Purposes: []string{"enrolment"}, Credentials: []string{"birth"}, Rate: rate}
	g, err := access.OpenGrants(&config.Config{Consult: config.Consult{Callers: []config.RelyingParty{{Name: "school", Grants: []config.Grant{grant}}}}}, clock.Now)
	if err != nil {
		t.Fatal(err)
	}
	return &counter{TB: t, Grants: g, clock: clock, used: used}
}

// inFile is a counter whose state is in a file.
func inFile(t testing.TB, clock *issuertest.Clock, rate config.Rate, file *store.Store) *counter {
	c := newCounter(t, clock, rate, local.New(file, clock.Now))
	c.file = file
	return c
}

func openFile(t testing.TB) *store.Store {
	t.Helper()
	file, err := store.Open(filepath.Join(t.TempDir(), "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

// ask asks a question, as the pipeline does.
func (c *counter) ask(ctx context.Context) error {
	grant, err := c.Fit(anyQuestion)
	if err != nil {
		return err
	}
	step := grant.Count(c.used, c.clock.Now())
	if c.file == nil {
		return step.Before(ctx)
	}
	return c.file.Update(ctx, step.Within)
}

// limited fails the test unless err is nil or says how long to wait, which it
// returns.
func (c *counter) limited(err error) time.Duration {
	c.Helper()
	var limited access.Limited
	if err != nil && !errors.As(err, &limited) {
		c.Fatal(err)
	}
	return limited.After
}

// TestRate: whenever questions come, to whichever of two replicas, and whichever
// of them starts again, there are never more than twice the rate's in any of its
// times; who waits as long as was said is let in, or told once more, if the other
// replica was asked, and not for longer than the rate's time in all.
func TestRate(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		questions := rapid.IntRange(1, 5).Draw(rt, "questions")
		clock := issuertest.NewClock()
		rate := config.Rate{Questions: questions, In: 10 * time.Second}
		shared := singleusetest.NewShared(clock.Now)
		replicas := []*counter{newCounter(t, clock, rate, shared), newCounter(t, clock, rate, shared)}
		var let []time.Time
		for range rapid.IntRange(1, 60).Draw(rt, "tries") {
			clock.Advance(time.Duration(rapid.IntRange(0, 4000).Draw(rt, "ms")) * time.Millisecond)
			at := rapid.IntRange(0, 1).Draw(rt, "replica")
			if rapid.IntRange(0, 9).Draw(rt, "restart") == 0 {
				replicas[at] = newCounter(t, clock, rate, shared)
			}
			waited := time.Duration(0)
			for wait := replicas[at].limited(replicas[at].ask(t.Context())); wait > 0; wait = replicas[at].limited(replicas[at].ask(t.Context())) {
				if waited += wait; waited > rate.In+time.Microsecond {
					rt.Fatalf("after %s it is still told to ask again", waited)
				}
				clock.Advance(wait)
			}
			let = append(let, clock.Now())
		}
		for i := range let {
			n := 0
			for _, other := range let[i:] {
				if other.Before(let[i].Add(rate.In)) {
					n++
				}
			}
			if n > 2*questions {
				rt.Fatalf("%d within %s, of %d", n, rate.In, questions)
			}
		}
	})
}

// TestRateAtOnce: many at once get no more than one after the other, of one
// issuer or of replicas, and what they got is known after a restart.
func TestRateAtOnce(t *testing.T) {
	rate := config.Rate{Questions: 50, In: time.Hour}
	clock := issuertest.NewClock()
	file, shared := openFile(t), singleusetest.NewShared(clock.Now)
	for name, start := range map[string]func() *counter{
		"in a file": func() *counter { return inFile(t, clock, rate, file) },
		"shared":    func() *counter { return newCounter(t, clock, rate, shared) },
	} {
		one := start()
		replicas := []*counter{one, one}
		if one.file == nil {
			replicas[1] = start()
		}
		var let atomic.Int32
		var group sync.WaitGroup
		for n := range 200 {
			group.Go(func() {
				if c := replicas[n%2]; c.limited(c.ask(t.Context())) == 0 {
					let.Add(1)
				}
			})
		}
		group.Wait()
		if let.Load() != 50 {
			t.Errorf("%s: %d were let in", name, let.Load())
		}
		again := start()
		if wait := again.limited(again.ask(t.Context())); wait <= 0 || wait > 72*time.Second {
			t.Errorf("%s: after a restart, ask again after %s", name, wait)
		}
	}
}

// TestRateOfOtherTerms: what was counted under a rate of days, or by a clock that
// was ahead, keeps nobody out for longer than the rate of now.
func TestRateOfOtherTerms(t *testing.T) {
	clock := issuertest.NewClock()
	shared := singleusetest.NewShared(clock.Now)
	before := newCounter(t, clock, config.Rate{Questions: 2, In: 48 * time.Hour}, shared)
	for range 2 {
		if err := before.ask(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	after := newCounter(t, clock, config.Rate{Questions: 2, In: time.Minute}, shared)
	if wait := after.limited(after.ask(t.Context())); wait != 30*time.Second {
		t.Errorf("ask again after %s", wait)
	}
}

// TestRateIsKept: a state that is no time is an error, and lets nobody in; nor
// does a store that cannot be reached.
func TestRateIsKept(t *testing.T) {
	clock := issuertest.NewClock()
	rate := config.Rate{Questions: 2, In: time.Hour}
	file := openFile(t)
	c := inFile(t, clock, rate, file)
	if err := c.ask(t.Context()); err != nil {
		t.Fatal(err)
	}
	err := file.Update(t.Context(), func(tx *store.Tx) (err error) {
		for key, value := range tx.All("single-use") {
			err = errors.Join(err, tx.Put("single-use", key, value[:len(value)-1]))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var limited access.Limited
	if err := c.ask(t.Context()); err == nil || errors.As(err, &limited) {
		t.Errorf("an entry of seven bytes: %v", err)
	}
	if err := newCounter(t, clock, rate, away{}).ask(t.Context()); !errors.Is(err, singleuse.ErrUnavailable) {
		t.Errorf("no store: %v", err)
	}
}
