package store

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
)

// batchSize is the most changes of one transaction.
const batchSize = 256

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
			runtime.Gosched() // others that are about to write can still join
			if batch := q.take(); len(batch) > 0 {
				commit(batch)
			}
			<-q.leader
		}
	}
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
		failed := -1
		err := s.write(func(tx *Tx) error {
			for i, w := range batch {
				if err := safely(w.change, tx); err != nil {
					failed = i
					return err
				}
			}
			return nil
		})
		if failed < 0 {
			for _, w := range batch {
				w.done <- err
			}
			return
		}
		batch[failed].done <- errAlone
		batch = append(batch[:failed:failed], batch[failed+1:]...)
	}
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
