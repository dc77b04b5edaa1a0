package budget_test

import (
	"context"
	"sync"
	"time"

	"github.com/chancery-vc/chancery/issuer/singleuse"
)

// shared is a store in memory whose steps are made before the record, as those
// of one that replicas share.
type shared struct {
	mu      sync.Mutex
	entries map[singleuse.Key]singleuse.Entry
	now     func() time.Time
}

func newShared(now func() time.Time) *shared {
	return &shared{entries: map[singleuse.Key]singleuse.Entry{}, now: now}
}

func (s *shared) get(key singleuse.Key) *singleuse.Entry {
	if e, ok := s.entries[key]; ok && !e.Over(s.now()) {
		return &e
	}
	return nil
}

func (s *shared) Get(_ context.Context, key singleuse.Key) (*singleuse.Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.get(key); e != nil {
		return e, nil
	}
	return nil, singleuse.ErrNone
}

func (s *shared) Change(_ context.Context, key singleuse.Key, change singleuse.Change) error {
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

func (s *shared) With(key singleuse.Key, change singleuse.Change) singleuse.Step {
	return singleuse.NewStep(func(ctx context.Context) error { return s.Change(ctx, key, change) }, nil)
}

func (s *shared) Sweep(context.Context) error { return nil }
