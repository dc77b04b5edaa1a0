package anchor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// MaxWait is how long an anchor may take for one checkpoint.
const MaxWait = time.Minute

// ErrStale says that the newest records were not kept by any of the anchors
// that issuing depends on for longer than was allowed.
var ErrStale = errors.New("no anchor has kept what the log says for longer than stop_after allows; nothing is issued until one does")

// Place is an anchor with its terms.
type Place struct {
	Name   string
	Anchor Anchor
	// Every is how often it gets the newest checkpoint.
	Every time.Duration
	// StopAfter is how long it may be behind before nothing is issued any more,
	// unless another place with such a term is not; 0 for ever.
	StopAfter time.Duration
}

// Log is what a [Keeper] needs of the issuance log.
type Log interface {
	// Checkpoint returns the newest signed checkpoint.
	Checkpoint() ([]byte, error)
	// Anchored adds one record to the log, by which the place called name has
	// kept a checkpoint.
	Anchored(ctx context.Context, name string, kept Head) error
}

// Status is how a place has been doing.
type Status struct {
	Name string
	// Kept is what it was seen to keep last; its size is 0 before.
	Kept Head
	// Good is when it last had every record, or the keeper was made.
	Good time.Time
	// Puts and Failures count checkpoints that it kept, and that it did not.
	Puts, Failures int
	// Err is why it failed last; nil if it has not failed since Good.
	Err error
}

// Keeper brings the newest checkpoint of a log to its anchors. Nobody waits for
// it: an anchor that is slow, or cannot be reached, is counted and reported.
// It is safe for concurrent use.
type Keeper struct {
	places []*keeping
	log    Log
	now    func() time.Time
	report func(Status)

	// mu is held while the log is read or written here, so that the keeper's
	// own records are told from others.
	mu  sync.Mutex
	own uint64 // records that it added
}

// keeping is a place and how it has been doing.
type keeping struct {
	Place
	mu     sync.Mutex
	status Status
	next   time.Time // when it is due
	busy   bool
	fresh  bool   // it has kept something since the start
	others uint64 // records in what it kept, without the keeper's own
}

// NewKeeper returns a keeper. Each place is due at once. After each attempt
// report is told how the place has been doing.
func NewKeeper(places []Place, log Log, now func() time.Time, report func(Status)) *Keeper {
	k := &Keeper{log: log, now: now, report: report}
	for _, p := range places {
		k.places = append(k.places, &keeping{Place: p, status: Status{Name: p.Name, Good: now()}, next: now()})
	}
	return k
}

// Run brings checkpoints to the places that are due, at each tick, until ctx is
// done. It returns when no attempt is under way any more.
func (k *Keeper) Run(ctx context.Context, ticks <-chan time.Time) {
	var attempts sync.WaitGroup
	defer attempts.Wait()
	for {
		k.start(ctx, &attempts)
		select {
		case <-ctx.Done():
			return
		case <-ticks:
		}
	}
}

// Round is one attempt at each place that is due. It returns when all are over.
func (k *Keeper) Round(ctx context.Context) {
	var attempts sync.WaitGroup
	k.start(ctx, &attempts)
	attempts.Wait()
}

// start makes an attempt at each place that is due and not busy.
func (k *Keeper) start(ctx context.Context, attempts *sync.WaitGroup) {
	for _, p := range k.places {
		if p.begin(k.now()) {
			attempts.Go(func() {
				status := p.end(k.now(), k.attempt(ctx, p))
				if ctx.Err() == nil { // else it was told to end
					k.report(status)
				}
			})
		}
	}
}

// outcome is how an attempt ended.
type outcome struct {
	kept   *Head // nil if there was nothing new to keep
	others uint64
	err    error
}

func (k *Keeper) attempt(ctx context.Context, p *keeping) outcome {
	ctx, cancel := context.WithTimeout(ctx, MaxWait)
	defer cancel()
	checkpoint, head, own, err := k.newest()
	if err != nil {
		return outcome{err: err}
	}
	others := head.Size - min(own, head.Size)
	if p.has(others) {
		return outcome{}
	}
	if err := p.Anchor.Put(ctx, checkpoint); err != nil {
		return outcome{err: err}
	}
	return outcome{&head, others, k.anchored(ctx, p.Name, head)}
}

// newest returns the newest checkpoint, and how many of its records the keeper
// added.
func (k *Keeper) newest() (checkpoint []byte, head Head, own uint64, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if checkpoint, err = k.log.Checkpoint(); err != nil {
		return nil, Head{}, 0, fmt.Errorf("make a checkpoint: %w", err)
	}
	head, err = Read(checkpoint)
	return bytes.Clone(checkpoint), head, k.own, err
}

func (k *Keeper) anchored(ctx context.Context, name string, head Head) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := k.log.Anchored(ctx, name, head); err != nil {
		return fmt.Errorf("log that it was kept: %w", err)
	}
	k.own++
	return nil
}

// Stale returns an error that wraps [ErrStale] if places that issuing depends on
// are all behind for too long. It waits for nothing that a place does.
func (k *Keeper) Stale() error {
	var oldest *Status
	for _, p := range k.places {
		status := p.read()
		if p.StopAfter == 0 {
			continue
		}
		if k.now().Sub(status.Good) <= p.StopAfter {
			return nil
		}
		if oldest == nil || status.Good.Before(oldest.Good) {
			oldest = &status
		}
	}
	if oldest == nil {
		return nil
	}
	return fmt.Errorf("%w (%s since %s: %w)", ErrStale, oldest.Name, oldest.Good.UTC().Format(time.RFC3339), oldest.why())
}

// Status tells how each place has been doing.
func (k *Keeper) Status() []Status {
	var all []Status
	for _, p := range k.places {
		all = append(all, p.read())
	}
	return all
}
