package singleusetest

import (
	"context"
	"sync"
	"time"

	"github.com/chancery-vc/chancery/issuer/singleuse"
)

// Shared is a store in memory whose steps are made before the record, as those
// of one that replicas share.
type Shared struct {
	mu      sync.Mutex
	entries map[singleuse.Key]singleuse.Entry
	now     func() time.Time
}

// NewShared returns a store that is empty, by the clock now.
func NewShared(now func() time.Time) *Shared {
	return &Shared{entries: map[singleuse.Key]singleuse.Entry{}, now: now}
}

func (s *Shared) get(key singleuse.Key) *singleuse.Entry {
	if e, ok := s.entries[key]; ok && !e.Over(s.now()) {
		return &e
	}
	return nil
}

// Get returns the entry at key.
func (s *Shared) Get(_ context.Context, key singleuse.Key) (*singleuse.Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.get(key); e != nil {
		return e, nil
	}
	return nil, singleuse.ErrNone
}

// Change changes the entry at key.
func (s *Shared) Change(_ context.Context, key singleuse.Key, change singleuse.Change) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	becomes, err := change(s.get(key))
	if err != nil {
		return err
	}
	delete(s.entries, key)
	if becomes != nil {
		s.entries[becomes.Key] = *becomes
		return becomes.Check()
	}
	return nil
}

// With returns the change as a step before a record is written.
func (s *Shared) With(key singleuse.Key, change singleuse.Change) singleuse.Step {
	return singleuse.NewStep(func(ctx context.Context) error { return s.Change(ctx, key, change) }, nil)
}

// Sweep does nothing.
func (s *Shared) Sweep(context.Context) error { return nil }
