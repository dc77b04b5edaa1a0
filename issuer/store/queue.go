package store

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
)

// batchSize is the most changes of one transaction.
const batchSize = 1024

// errAlone says that a change failed among others, and is to be run alone.
var errAlone = errors.New("it failed in a batch")

// queue has the changes that wait to be durable. Nobody waits for a timer:
// whoever finds that no transaction is under way commits all that wait, and
// while that lasts the next ones gather.
type queue struct {
	mu      sync.Mutex
	waiting []*waiting
	leader  chan struct{} // the token of who commits
}

type waiting struct {
	change func(*Tx) error
	done   chan error
}

func newQueue() queue { return queue{leader: make(chan struct{}, 1)} }

// run returns once change is durable, or has failed.
func (q *queue) run(change func(*Tx) error, commit func([]*waiting)) error {
	w := &waiting{change, make(chan error, 1)}
	q.mu.Lock()
	q.waiting = append(q.waiting, w)
	q.mu.Unlock()
	for {
		select {
		case err := <-w.done:
			return err
		case q.leader <- struct{}{}:
			q.gather()
			if batch := q.take(); len(batch) > 0 {
				commit(batch)
			}
			<-q.leader
		}
	}
}

// gather lets others join that are about to write, as long as some do: who was
// released by the last commit mostly comes again.
func (q *queue) gather() {
	for before, now := -1, 0; now > before && now < batchSize; {
		before = now
		runtime.Gosched()
		now = q.size()
	}
}

func (q *queue) size() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting)
}

func (q *queue) take() []*waiting {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := min(len(q.waiting), batchSize)
	batch := q.waiting[:n:n]
	q.waiting = q.waiting[n:]
	return batch
}

// commit makes the changes durable in one transaction, without those that fail.
func (s *Store) commit(batch []*waiting) {
	for len(batch) > 0 {
		var good []*waiting
		err := s.write(func(tx *Tx) error {
			good = tryAll(batch, tx)
			if len(good) < len(batch) {
				return errAlone
			}
			return nil
		})
		if len(good) == len(batch) || !errors.Is(err, errAlone) {
			for _, w := range batch {
				w.done <- err
			}
			return
		}
		batch = good
	}
}

// tryAll makes changes and returns those that did not fail. Each other one is
// run alone, in a transaction of its own: what failed before it, and may have
// been its cause, is not in that.
func tryAll(batch []*waiting, tx *Tx) (good []*waiting) {
	good = make([]*waiting, 0, len(batch))
	for _, w := range batch {
		if err := safely(w.change, tx); err != nil {
			w.done <- errAlone
		} else {
			good = append(good, w)
		}
	}
	return good
}

// safely makes an error of a panic, which is to happen to who brought it.
func safely(change func(*Tx) error, tx *Tx) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v", cause)
		}
	}()
	return change(tx)
}
