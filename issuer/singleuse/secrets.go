package singleuse

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
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

// At returns the secret of the day of t.
func (s *Secrets) At(ctx context.Context, t time.Time) ([]byte, error) {
	day := t.Unix() / int64(secretsDay.Seconds())
	s.mu.Lock()
	defer s.mu.Unlock()
	if key, ok := s.known[day]; ok {
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
	clear(s.known) // those of other days are not needed again, or read again
	s.known[day] = kept.Value
	return kept.Value, nil
}
