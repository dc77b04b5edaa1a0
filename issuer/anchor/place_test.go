package anchor_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/chancery-vc/chancery/issuer/anchor"
	"github.com/chancery-vc/chancery/issuer/anchor/anchortest"
)

// memory is a store that fails as it is told to.
type memory struct {
	all      [][]byte
	err      error         // of Add, after it has failed to keep anything
	keptErr  error         // of Add, after it has kept the checkpoint all the same
	released chan struct{} // if not nil, what Add waits for, whatever its ctx
}

func (m *memory) Newest(context.Context) ([]byte, error) {
	if len(m.all) == 0 {
		return nil, anchor.ErrNone
	}
	return m.all[len(m.all)-1], nil
}

func (m *memory) Add(_ context.Context, checkpoint []byte) error {
	if m.released != nil {
		<-m.released
	}
	if m.err != nil {
		return m.err
	}
	m.all = append(m.all, checkpoint)
	return m.keptErr
}

func TestContract(t *testing.T) {
	var store *memory
	anchortest.Run(t,
		func(*testing.T) anchor.Anchor { store = &memory{}; return anchor.In(store) },
		func(*testing.T) anchor.Anchor { return anchor.In(store) })
}

// TestPutFails: after each way of failing, what was put is put again, once.
func TestPutFails(t *testing.T) {
	fault := errors.New("fault")
	for name, store := range map[string]*memory{"failed": {err: fault}, "failed but persisted": {keptErr: fault}} {
		a := anchor.In(store)
		if err := a.Put(t.Context(), anchortest.Checkpoint(1)); !errors.Is(err, fault) {
			t.Errorf("%s: got %v", name, err)
		}
		store.err, store.keptErr = nil, nil
		for range 2 {
			if err := a.Put(t.Context(), anchortest.Checkpoint(1)); err != nil {
				t.Errorf("%s, again: %v", name, err)
			}
		}
		if len(store.all) != 1 || !bytes.Equal(store.all[0], anchortest.Checkpoint(1)) {
			t.Errorf("%s: it has %q", name, store.all)
		}
	}
}

// TestCut: a place that lost what it had is not written over.
func TestCut(t *testing.T) {
	for name, left := range map[string][][]byte{
		"emptied": nil, "shortened": {anchortest.Checkpoint(1)}, "exchanged": {anchortest.Forked(2)}, "another log's": {anchortest.Elsewhere(9)},
	} {
		store := &memory{}
		a := anchor.In(store)
		for _, size := range []uint64{1, 2} {
			if err := a.Put(t.Context(), anchortest.Checkpoint(size)); err != nil {
				t.Fatal(err)
			}
		}
		store.all = left
		for range 2 {
			err := a.Put(t.Context(), anchortest.Checkpoint(3))
			var conflict *anchor.Conflict
			if !errors.Is(err, anchor.ErrCut) || !errors.As(err, &conflict) || !bytes.Equal(conflict.Kept, anchortest.Checkpoint(2)) {
				t.Errorf("%s: put: got %v", name, err)
			}
			if _, err := a.Newest(t.Context()); !errors.Is(err, anchor.ErrCut) {
				t.Errorf("%s: newest: got %v", name, err)
			}
		}
		if len(store.all) != len(left) {
			t.Errorf("%s: it was written over: %q", name, store.all)
		}
	}
}

// TestHungStore: who waits for a store that hangs leaves in time, and the store
// is never used by two.
func TestHungStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &memory{released: make(chan struct{})}
		a := anchor.In(store)
		for n := range 3 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			began := time.Now()
			if err := a.Put(ctx, anchortest.Checkpoint(uint64(n))); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Minute {
				t.Errorf("put %d: got %v after %s", n, err, time.Since(began))
			}
			cancel()
		}
		close(store.released)
		synctest.Wait()
		if err := a.Put(t.Context(), anchortest.Checkpoint(5)); err != nil {
			t.Errorf("once it goes on: %v", err)
		}
		if len(store.all) != 2 || !bytes.Equal(store.all[0], anchortest.Checkpoint(0)) {
			t.Errorf("it has %q", store.all)
		}
	})
}
