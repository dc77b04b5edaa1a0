package issuer_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/internal/postgrestest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/access"
	"github.com/chancery-vc/chancery/issuer/budget"
	"github.com/chancery-vc/chancery/issuer/singleuse"
	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/issuer/status"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// twins are two replicas, of which the second reaches what they share through a
// proxy.
type twins struct {
	a, b  *issuer.Issuer
	proxy *postgrestest.Proxy
	dir   string // of the second
}

func newTwins(t *testing.T, database string, edits ...issuertest.Edit) *twins {
	t.Helper()
	sharedState(t, database)
	w := &twins{proxy: postgrestest.NewProxy(t, &server)}
	first := issuertest.Folder(t, 5, append(edits, sharing(database, "a"))...)
	var err error
	w.a, err = openReplica(t, first)
	must(t, err)
	w.dir = beside(t, first, append(edits, sharingAt(func() string { return w.proxy.Address(database, "sharer") }, "b"))...)
	if _, err := openReplica(t, w.dir); !errors.Is(err, issuer.ErrReplica) { // it makes the folder of the state
		t.Fatal(err)
	}
	copyFile(t, filepath.Join(first, "state-a", "pairwise.key"), filepath.Join(w.dir, "state-b", "pairwise.key"))
	w.restart(t)
	return w
}

// restart opens the second one, once more as after a restart.
func (w *twins) restart(t *testing.T) {
	t.Helper()
	if w.b != nil {
		must(t, w.b.Close())
	}
	var err error
	w.b, err = openReplica(t, w.dir)
	must(t, err)
}

// ask asks both at once for records that there are none of, and returns how many
// questions were asked of the source and how many ended as over says.
func (w *twins) ask(t *testing.T, n int, over func(error) bool) (asked, refused int) {
	t.Helper()
	var mu sync.Mutex
	var group sync.WaitGroup
	for k := range n {
		group.Go(func() {
			_, err := []*issuer.Issuer{w.a, w.b}[k%2].Consult(t.Context(), query(keyed(fmt.Sprint("nobody-", k))))
			mu.Lock()
			defer mu.Unlock()
			switch {
			case errors.Is(err, source.ErrNone):
				asked++
			case over(err):
				refused++
			default:
				t.Error(err)
			}
		})
	}
	group.Wait()
	logged := 0
	for _, i := range []*issuer.Issuer{w.a, w.b} {
		for _, r := range issuertest.Log(t, i.Store()) {
			if r.Kind == logproof.Asked {
				logged++
			}
		}
	}
	if logged != asked {
		t.Errorf("%d were asked of the source, and the logs have %d", asked, logged)
	}
	return asked, refused
}

// alone fails the test unless the second replica, which cannot reach what they
// share, asks nothing of the source; and answers as the first one would when it
// can again, also after a restart.
func (w *twins) alone(t *testing.T, over func(error) bool) {
	t.Helper()
	before := len(issuertest.Log(t, w.b.Store()))
	w.proxy.Cut()
	if _, err := w.b.Consult(t.Context(), query()); !errors.Is(err, issuer.ErrRefused) || !errors.Is(err, singleuse.ErrUnavailable) && !over(err) {
		t.Errorf("cut off: %v", err)
	}
	for _, r := range issuertest.Log(t, w.b.Store())[before:] {
		if r.Kind != logproof.Refused {
			t.Errorf("cut off: %+v", r)
		}
	}
	w.proxy.Pass()
	var err error
	for range 50 { // a while after the connection failed it is not tried again
		if _, err = w.b.Consult(t.Context(), query()); !errors.Is(err, singleuse.ErrUnavailable) {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	if !over(err) {
		t.Errorf("with the others again: %v", err)
	}
	w.restart(t)
	if _, err := w.b.Consult(t.Context(), query()); !over(err) {
		t.Errorf("after a restart: %v", err)
	}
}

// TestReplicasShareBudget: of many that ask two replicas at once exactly as many
// are asked of the source as the one budget has.
func TestReplicasShareBudget(t *testing.T) {
	w := newTwins(t, "budgeted", withBudget("{subjects: 10/24h}"))
	over := func(err error) bool {
		var exhausted budget.Exhausted
		return errors.As(err, &exhausted)
	}
	if asked, refused := w.ask(t, 60, over); asked != 10 || refused != 50 {
		t.Errorf("%d were asked, %d refused", asked, refused)
	}
	w.alone(t, over)
}

// TestReplicasShareRate: so it is with the rate of a grant.
func TestReplicasShareRate(t *testing.T) {
	w := newTwins(t, "rated", withRate("10/24h"))
	over := func(err error) bool {
		var limited access.Limited
		return errors.As(err, &limited) && limited.After > time.Hour
	}
	if asked, refused := w.ask(t, 60, over); asked != 10 || refused != 50 {
		t.Errorf("%d were asked, %d refused", asked, refused)
	}
	w.alone(t, over)
}

// follow has a replica follow orders until the test ends.
func follow(t *testing.T, i *issuer.Issuer) {
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() {
		for ctx.Err() == nil {
			if err := i.FollowOrders(ctx); err != nil && ctx.Err() == nil {
				t.Error(err)
			}
			time.Sleep(20 * time.Millisecond)
		}
	})
	t.Cleanup(func() {
		cancel()
		done.Wait()
	})
}

func issued(t *testing.T, i *issuer.Issuer, key string) string {
	t.Helper()
	answer, err := i.Answer(t.Context(), issuer.Question{Caller: issuer.Operator, Profile: birth, Key: key})
	must(t, err)
	return answer.Credential
}

// TestReplicasRevoke: whichever replica is told to revoke, the one that issued
// does, in its own list and its own log; whoever asks about a credential is not
// told that it is valid by one who did not issue it.
func TestReplicasRevoke(t *testing.T) {
	w := newTwins(t, "revoked", withRelyingParties)
	byA, byB := issued(t, w.a, civil.KnownNumber), issued(t, w.b, civil.KnownNumber)
	ask := func(i *issuer.Issuer, credential string) error {
		_, err := i.Consult(t.Context(), query(func(q *issuer.Query) { q.Name, q.Key = "birth-credential", credential }))
		return err
	}
	must(t, ask(w.a, byA))
	if err := ask(w.b, byA); !errors.Is(err, issuer.ErrRefused) || !errors.Is(err, status.ErrUnknown) {
		t.Errorf("a credential of another replica: %v", err)
	}
	limited, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if sum, err := w.b.RevokeRecords(limited, birth, []string{civil.KnownNumber}); err == nil || !strings.Contains(err.Error(), "chancery replicas") {
		t.Errorf("while the other one does not follow: %+v, %v", sum, err)
	}
	if entry, err := w.b.Entry(byB); err != nil || !entry.Revoked {
		t.Errorf("%+v, %v", entry, err)
	}
	follow(t, w.a)
	sum, err := w.b.RevokeRecords(t.Context(), birth, []string{civil.KnownNumber})
	must(t, err)
	if sum.Revoked != 0 || sum.Before != 2 || len(sum.Replicas) != 2 {
		t.Errorf("%+v", sum)
	}
	if entry, err := w.a.Entry(byA); err != nil || !entry.Revoked {
		t.Errorf("%+v, %v", entry, err)
	}
	end := last(t, issuertest.Log(t, w.a.Store()))
	if end.Kind != logproof.StatusChanged || end.Credential != byA || !strings.Contains(end.StatusList, "/replicas/a/") {
		t.Errorf("%+v", end)
	}
	second := issued(t, w.a, civil.KnownNumber)
	if sum, err = w.b.Revoke(t.Context(), []string{second, byB}); err != nil || sum.Revoked != 1 || sum.Before != 1 {
		t.Errorf("by identifier: %+v, %v", sum, err)
	}
	if _, err := w.b.RevokeRecords(t.Context(), birth, []string{"nobody"}); !errors.Is(err, issuer.ErrNothing) {
		t.Errorf("of nobody: %v", err)
	}
	if _, err := w.b.Revoke(t.Context(), []string{"urn:uuid:0"}); !errors.Is(err, status.ErrUnknown) {
		t.Errorf("of nothing: %v", err)
	}
	if strings.Contains(strings.Join(server.Exec(t, "revoked", "SELECT encode(value, 'escape') FROM chancery.single_use"), " "), civil.KnownNumber) {
		t.Error("the shared state names a record")
	}
	all, err := w.a.Replicas(t.Context())
	must(t, err)
	var names []string
	for _, r := range all {
		names = append(names, fmt.Sprint(r.Name, " ", r.Behind))
	}
	if diff := cmp.Diff([]string{"a 0", "b 0"}, names); diff != "" {
		t.Error(diff)
	}
}

// TestReplicaComesBack: a replica that was away revokes when it is there again,
// before it answers anything; while what they share is away, nothing is revoked.
func TestReplicaComesBack(t *testing.T) {
	w := newTwins(t, "came_back", withRelyingParties)
	byB := issued(t, w.b, civil.KnownNumber)
	w.proxy.Cut()
	if _, err := w.b.Revoke(t.Context(), []string{byB}); !errors.Is(err, singleuse.ErrUnavailable) {
		t.Errorf("cut off: %v", err)
	}
	must(t, w.b.Close())
	w.b = nil
	limited, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if sum, err := w.a.Revoke(limited, []string{byB}); err == nil {
		t.Errorf("while it is away: %+v", sum)
	}
	w.proxy.Pass()
	w.restart(t)
	if entry, err := w.b.Entry(byB); err != nil || !entry.Revoked {
		t.Errorf("%+v, %v", entry, err)
	}
}
