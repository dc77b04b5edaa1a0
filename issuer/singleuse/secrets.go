package singleuse

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"strconv"
	"sync"
	"time"
)

// secretsDay is how long one secret is in use, and secretsAfter how long it is
// kept beyond that, for what was made with it.
const (
	secretsDay   = 24 * time.Hour
	secretsAfter = time.Hour
)

// Secrets are random keys that everybody who shares a store has, one for each
// day: to MAC what is handed out here and may come back elsewhere. Whoever can
// read the store has them, too.
type Secrets struct {
	store  Store
	kind   string
	random io.Reader

	mu    sync.Mutex
	known map[int64][]byte
}

// NewSecrets returns the secrets of a kind.
func NewSecrets(s Store, kind string, random io.Reader) *Secrets {
	return &Secrets{store: s, kind: kind, random: random, known: map[int64][]byte{}}
}

// At returns the secret of the day of t. It asks the store once a day, and again
// if that does not answer: nobody waits for another one who asks.
func (s *Secrets) At(ctx context.Context, t time.Time) ([]byte, error) {
	day := t.Unix() / int64(secretsDay.Seconds())
	s.mu.Lock()
	key, ok := s.known[day]
	s.mu.Unlock()
	if ok {
		return key, nil
	}
	fresh := make([]byte, sha256.Size)
	if _, err := io.ReadFull(s.random, fresh); err != nil {
		return nil, fmt.Errorf("make a secret for %s: %w", s.kind, err)
	}
	end := time.Unix((day+1)*int64(secretsDay.Seconds()), 0).Add(secretsAfter)
	kept, err := GetOrPut(ctx, s.store, Entry{Key: Key{s.kind, strconv.FormatInt(day, 10)}, Value: fresh, Expires: end})
	if err != nil {
		return nil, fmt.Errorf("the secret for %s: %w", s.kind, err)
	}
	s.keep(day, kept.Value)
	return kept.Value, nil
}

// keep remembers the secret of a day, and of those beside it: around midnight
// two are in use.
func (s *Secrets) keep(day int64, key []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	maps.DeleteFunc(s.known, func(other int64, _ []byte) bool { return other < day-1 || other > day+1 })
	s.known[day] = key
}
