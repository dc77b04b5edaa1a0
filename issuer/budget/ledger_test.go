package budget_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/issuer/budget"
	"github.com/chancery-vc/chancery/issuer/claims"
	"github.com/chancery-vc/chancery/issuer/singleuse"
	"github.com/chancery-vc/chancery/issuer/singleuse/local"
	"github.com/chancery-vc/chancery/issuer/singleuse/singleusetest"
	"github.com/chancery-vc/chancery/issuer/store"
)

const day = 24 * time.Hour

var start = time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)

// desk is a ledger in a state file, with a clock.
type desk struct {
	*testing.T
	path  string
	file  *store.Store // nil if the state is shared
	l     *budget.Ledger
	now   time.Time
	terms budget.Terms
}

func newDesk(t *testing.T, terms budget.Terms) *desk {
	d := &desk{T: t, path: filepath.Join(t.TempDir(), "state.db"), now: start, terms: terms}
	d.open()
	t.Cleanup(func() { d.file.Close() })
	return d
}

// newShop returns a ledger in a store that is shared.
func newShop(t *testing.T, terms budget.Terms) *desk {
	d := &desk{T: t, now: start, terms: terms}
	d.l = budget.New(singleusetest.NewShared(func() time.Time { return d.now }))
	return d
}

func (d *desk) open() {
	var err error
	if d.file, err = store.Open(d.path); err != nil {
		d.Fatal(err)
	}
	d.l = budget.New(local.New(d.file, func() time.Time { return d.now }))
}

// reopen does what a restart does: nothing is kept but the file.
func (d *desk) reopen() {
	if err := d.file.Close(); err != nil {
		d.Fatal(err)
	}
	d.open()
}

// charge makes a charge in a transaction.
func (d *desk) charge(caller, key string, q budget.Question) (*budget.Charge, error) {
	c, err := d.l.Charge(d.Context(), budget.Asker{Caller: caller, Subjects: []string{caller + " " + key}}, q, d.terms, d.now)
	if err != nil {
		return nil, err
	}
	return c, d.do(c.Step())
}

// do makes a step as the issuer does, in the transaction of a record.
func (d *desk) do(step singleuse.Step) error {
	if err := step.Before(d.Context()); err != nil || d.file == nil {
		return err
	}
	return d.file.Update(d.Context(), step.Within)
}

// want fails the test unless a question ends with an error.
func (d *desk) want(caller, key string, q budget.Question, want error) {
	d.Helper()
	if _, err := d.charge(caller, key, q); !errors.Is(err, want) {
		d.Errorf("%s asks %s of %s: %v, not %v", caller, q.Name, key, err, want)
	}
}

func (d *desk) used(caller string) int {
	d.Helper()
	n, err := d.l.Used(d.Context(), caller, d.terms, d.now)
	if err != nil {
		d.Fatal(err)
	}
	return n
}

func status(name string) budget.Question {
	return budget.Question{Name: "status " + name, Columns: []string{"births.state"}}
}

// from asks whether a value is from at on.
func from(at int64) budget.Question {
	return budget.Question{
		Name: fmt.Sprint("fact from-", at), Columns: []string{"births.weight"}, Compared: "births.weight",
		Cuts: &claims.Cuts{Column: "weight", At: []int64{at}},
	}
}

// TestWalk: so many different records and no more, each counted once, each
// caller by itself, until they leave the window.
func TestWalk(t *testing.T) {
	d := newDesk(t, budget.Terms{Subjects: budget.Allowance{Most: 3, In: day}})
	for n := range 3 {
		d.want("a", fmt.Sprint(n), status("x"), nil)
		d.want("a", fmt.Sprint(n), status("y"), nil)
	}
	d.want("a", "3", status("x"), budget.ErrSubjects)
	d.want("a", "2", status("x"), nil)
	d.want("b", "3", status("x"), nil)
	if diff := cmp.Diff([]int{3, 1}, []int{d.used("a"), d.used("b")}); diff != "" {
		t.Error(diff)
	}
	d.now = start.Add(day)
	d.want("a", "3", status("x"), budget.ErrSubjects)
	d.now = start.Add(day + day/8)
	d.want("a", "3", status("x"), nil)
	if got := d.used("a"); got != 1 {
		t.Errorf("%d", got)
	}
}

// TestWindowSlides: at no time are more new records counted within one window
// than there may be.
func TestWindowSlides(t *testing.T) {
	const most = 5
	d := newShop(t, budget.Terms{Subjects: budget.Allowance{Most: most, In: day}})
	var charged []time.Time
	for n := range 400 {
		d.now = start.Add(time.Duration(n) * 17 * time.Minute)
		if _, err := d.charge("a", fmt.Sprint(n), status("x")); err == nil {
			charged = append(charged, d.now)
		}
	}
	if len(charged) < 2*most {
		t.Fatalf("only %d were ever charged", len(charged))
	}
	for n := most; n < len(charged); n++ {
		if within := charged[n].Sub(charged[n-most]); within < day {
			t.Errorf("%d records within %s", most+1, within)
		}
	}
}

func TestRestartAndClockBack(t *testing.T) {
	d := newDesk(t, budget.Terms{Subjects: budget.Allowance{Most: 2, In: day}, Questions: budget.Allowance{Most: 1, In: 30 * day}})
	d.want("a", "1", status("x"), nil)
	d.reopen()
	d.want("a", "1", status("y"), budget.ErrQuestions)
	d.want("a", "2", status("x"), nil)
	d.now = start.Add(-3 * day)
	d.reopen()
	d.want("a", "3", status("x"), budget.ErrSubjects)
	d.want("a", "1", status("y"), budget.ErrQuestions)
}

// TestQuestions: in a family each counts once, and leaves it after the window.
func TestQuestions(t *testing.T) {
	d := newDesk(t, budget.Terms{Questions: budget.Allowance{Most: 2, In: 30 * day}})
	d.want("a", "1", status("x"), nil)
	d.want("a", "1", status("x"), nil)
	d.now = start.Add(10 * day)
	d.want("a", "1", status("y"), nil)
	d.want("a", "1", status("z"), budget.ErrQuestions)
	d.want("a", "1", budget.Question{Name: "credential c", Columns: []string{"births.name", "births.state"}}, budget.ErrQuestions)
	d.want("a", "1", budget.Question{Name: "fact n", Columns: []string{"births.name"}}, nil)
	d.want("a", "2", status("z"), nil)
	d.want("b", "1", status("z"), nil)
	d.now = start.Add(30 * day)
	d.want("a", "1", status("z"), nil)
	d.want("a", "1", status("x"), budget.ErrQuestions)
}

// TestAtOnce: of a hundred that ask at once near the limit, exactly so many get
// through; those of one record are one.
func TestAtOnce(t *testing.T) {
	d := newDesk(t, budget.Terms{Subjects: budget.Allowance{Most: 40, In: day}})
	var done atomic.Int64
	var group sync.WaitGroup
	for n := range 100 {
		group.Go(func() {
			if _, err := d.charge("a", fmt.Sprint(n), status("x")); err == nil {
				done.Add(1)
			}
		})
		group.Go(func() {
			if _, err := d.charge("b", "same", status("x")); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if diff := cmp.Diff([]int{40, 40, 1}, []int{int(done.Load()), d.used("a"), d.used("b")}); diff != "" {
		t.Error(diff)
	}
}

// TestReset: a caller begins anew in everything, and nobody else.
func TestReset(t *testing.T) {
	d := newDesk(t, budget.Terms{Subjects: budget.Allowance{Most: 1, In: day}, Questions: budget.Allowance{Most: 1, In: day}})
	for _, caller := range []string{"a", "b"} {
		d.want(caller, "1", status("x"), nil)
	}
	if err := d.do(d.l.Reset("a")); err != nil {
		t.Fatal(err)
	}
	d.want("a", "1", status("y"), nil)
	d.want("a", "2", status("y"), budget.ErrSubjects)
	d.want("b", "1", status("y"), budget.ErrQuestions)
}

// TestOlderKey: a subject that is counted under an older key is not counted
// again under the newest.
func TestOlderKey(t *testing.T) {
	d := newDesk(t, budget.Terms{Subjects: budget.Allowance{Most: 9, In: day}})
	for _, subjects := range [][]string{{"old"}, {"new", "old"}, {"new", "other"}} {
		c, err := d.l.Charge(t.Context(), budget.Asker{Caller: "a", Subjects: subjects}, status("x"), d.terms, d.now)
		if err == nil {
			err = d.do(c.Step())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := d.used("a"); got != 2 {
		t.Errorf("%d", got)
	}
}

// TestAlarm: at four fifths and beyond the end, once an hour each.
func TestAlarm(t *testing.T) {
	d := newDesk(t, budget.Terms{Subjects: budget.Allowance{Most: 5, In: day}})
	var heard []int
	for n := range 8 {
		c, err := d.charge("a", fmt.Sprint(n), status("x"))
		if c.Alarm(err) != "" {
			heard = append(heard, n)
		}
	}
	d.now = start.Add(time.Hour)
	c, err := d.charge("a", "9", status("x"))
	if !errors.Is(err, budget.ErrSubjects) || c.Alarm(err) == "" {
		t.Errorf("%v", err)
	}
	if diff := cmp.Diff([]int{3, 5}, heard); diff != "" {
		t.Error(diff)
	}
}
