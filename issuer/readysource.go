package issuer

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/chancery-vc/chancery/issuer/scope"
	"github.com/chancery-vc/chancery/issuer/source"
)

// Terms of looking whether a source is there: how long what was seen of one
// that did well counts, how often one that did not is tried, and for how long.
const (
	probeGood  = 30 * time.Second
	probeAgain = 5 * time.Second
	probeWait  = 5 * time.Second
)

// reach is what was seen last of a source, by questions and by probes.
type reach struct {
	mu  sync.Mutex // also held by the one who looks
	at  time.Time  // zero for never
	err error
}

// note keeps how a source answered. That there is no record is an answer.
func (r *reach) note(now time.Time, err error) {
	if err != nil && !errors.Is(err, source.ErrUnavailable) {
		err = nil
	}
	if r.mu.TryLock() { // else somebody looks right now, and knows better
		r.at, r.err = now, err
		r.mu.Unlock()
	}
}

// sourcesReady tells of each source whether it can be reached, and whether it is
// still what was proven.
func (i *Issuer) sourcesReady(ctx context.Context) []Condition {
	sources := i.sorted()
	conditions := make([]Condition, len(sources))
	var group sync.WaitGroup
	for n, d := range sources {
		group.Go(func() {
			conditions[n] = i.sourceReady(d, i.reached(ctx, d))
			conditions[n].Name = "source " + d.name
		})
	}
	group.Wait()
	return conditions
}

// sourceReady tells how a source does that could be reached, or could not.
func (i *Issuer) sourceReady(d *database, reached error) Condition {
	proof := i.proofOf(d.name)
	switch {
	case reached != nil:
		return Condition{State: StateFailed, Reason: "it cannot be asked: " + reached.Error()}
	case d.widened.Load():
		return Condition{State: StateFailed, Reason: ErrWidened.Error()}
	case proof.Narrow():
		return Condition{State: StateFailed, Reason: scope.ErrNarrow.Error() + "; chancery check says what it lacks"}
	case proof.Wide():
		return Condition{State: StateDoubt, Reason: scope.ErrWide.Error() + ", which the configuration puts up with; chancery check says what to revoke"}
	}
	return Condition{State: StateGood}
}

// reached goes by what was seen lately, and else looks. Probes that come at the
// same time look once.
func (i *Issuer) reached(ctx context.Context, d *database) error {
	d.reach.mu.Lock()
	defer d.reach.mu.Unlock()
	old := probeGood
	if d.reach.err != nil {
		old = probeAgain
	}
	if age := i.now().Sub(d.reach.at); age < 0 || age >= old {
		// Whoever asked and went away does not make the source one that is gone.
		d.reach.err = i.probe(context.WithoutCancel(ctx), d)
		d.reach.at = i.now()
	}
	return d.reach.err
}

// probe has a source show what it lets the issuer do. What is as it was is not
// logged again.
func (i *Issuer) probe(ctx context.Context, d *database) error {
	ctx, cancel := context.WithTimeout(ctx, probeWait)
	defer cancel()
	before := outcomeOf(i.proofOf(d.name))
	proof, err := i.prove(ctx, d)
	if err != nil || outcomeOf(proof) == before {
		return err
	}
	return i.settle(ctx, d, proof)
}

// proofOf returns what was found out last about a source.
func (i *Issuer) proofOf(name string) scope.Proof {
	known, _, _ := i.proven.statement(i.now())
	return known[name]
}
