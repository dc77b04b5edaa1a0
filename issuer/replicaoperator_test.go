package issuer_test

import (
	"crypto/rand"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/orders"
	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// movable opens the second one once more, by a clock that can be ahead.
func (w *twins) movable(t *testing.T) (ahead *atomic.Int64) {
	t.Helper()
	must(t, w.b.Close())
	ahead = new(atomic.Int64)
	now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	var err error
	w.b, err = issuer.Open(t.Context(), issuertest.Load(t, w.dir), issuer.Environment{Now: now, Random: rand.Reader})
	must(t, err)
	t.Cleanup(func() { w.b.Close() })
	return ahead
}

// TestResetIsLogged: a budget that replicas share does not begin anew if the log
// cannot have that it does.
func TestResetIsLogged(t *testing.T) {
	w := newTwins(t, "unlogged", withBudget("{subjects: 10/24h}"))
	ahead := w.movable(t)
	if _, err := w.b.Consult(t.Context(), query(keyed("nobody"))); !errors.Is(err, source.ErrNone) {
		t.Error(err)
	}
	used := func() int {
		states, err := w.a.Budgets(t.Context(), "school")
		if err != nil || len(states) != 1 {
			t.Fatal(states, err)
		}
		return states[0].Used
	}
	ahead.Store(int64(-time.Hour))
	if err := w.b.ResetBudget(t.Context(), "school"); !errors.Is(err, issuancelog.ErrClock) || used() != 1 {
		t.Errorf("%v; %d are counted", err, used())
	}
	ahead.Store(0)
	must(t, w.b.ResetBudget(t.Context(), "school"))
	if end := last(t, issuertest.Log(t, w.b.Store())); end.Kind != logproof.BudgetReset || used() != 0 {
		t.Errorf("%+v; %d are counted", end, used())
	}
}

// TestReplicaForgotten: a replica that is gone can be forgotten, and the log has
// that it was; one that is there cannot, nor one that never was.
func TestReplicaForgotten(t *testing.T) {
	w := newTwins(t, "forgotten")
	must(t, w.a.Close())
	ahead := w.movable(t)
	size := len(issuertest.Log(t, w.b.Store()))
	for name, want := range map[string]error{"a": orders.ErrLively, "c": orders.ErrNoReplica} {
		if err := w.b.ForgetReplica(t.Context(), name); !errors.Is(err, want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if records := issuertest.Log(t, w.b.Store())[size:]; len(records) > 0 {
		t.Errorf("%+v", records)
	}
	ahead.Store(int64(time.Hour))
	must(t, w.b.FollowOrders(t.Context()))
	must(t, w.b.ForgetReplica(t.Context(), "a"))
	if end := last(t, issuertest.Log(t, w.b.Store())); end.Kind != logproof.ReplicaForgotten || end.Reason != "a" || end.Caller != string(issuer.Operator) {
		t.Errorf("%+v", end)
	}
	if all, err := w.b.Replicas(t.Context()); err != nil || len(all) != 1 || all[0].Name != "b" {
		t.Errorf("%+v, %v", all, err)
	}
}
