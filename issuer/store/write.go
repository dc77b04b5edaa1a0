package store

import (
	"fmt"
	"sync"

	"go.etcd.io/bbolt"
)

// writing is what of a store belongs to its transactions.
type writing struct {
	// settled is held while a transaction is written. bbolt shows a change to
	// readers when its meta page is written, which is before it is durable.
	settled sync.RWMutex
	stopped chan struct{} // closed when a transaction could not be written
	cause   error         // of that; read it once stopped is closed
}

func newWriting() writing { return writing{stopped: make(chan struct{})} }

// Stopped is closed when a transaction could not be written.
func (w *writing) Stopped() <-chan struct{} { return w.stopped }

// Failure returns why the store is stopped, or nil if it is not.
func (w *writing) Failure() error {
	select {
	case <-w.stopped:
		return w.cause
	default:
		return nil
	}
}

// stop ends the store. bbolt lets one writer in at a time.
func (w *writing) stop(cause error) error {
	w.cause = fmt.Errorf("%w: %w", ErrStopped, cause)
	close(w.stopped)
	return w.cause
}

// write makes change durable in a transaction of its own. An error of change
// leaves everything as it was; if the transaction cannot be written, the store
// stops.
func (s *Store) write(change func(*Tx) error) error {
	tx, err := s.db.Begin(true)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // an error once it is committed
	if err := s.Failure(); err != nil {
		return err
	}
	if err := change(newTx(tx)); err != nil {
		return err
	}
	s.settled.Lock()
	defer s.settled.Unlock()
	if err := tx.Commit(); err != nil {
		return s.stop(err)
	}
	return nil
}

// read runs do on what is durable.
func (s *Store) read(do func(*bbolt.Tx) error) error {
	tx, err := s.begin()
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // of a read transaction, which has nothing to lose
	return do(tx)
}

func (s *Store) begin() (*bbolt.Tx, error) {
	s.settled.RLock()
	defer s.settled.RUnlock()
	if err := s.Failure(); err != nil {
		return nil, err
	}
	return s.db.Begin(false)
}
