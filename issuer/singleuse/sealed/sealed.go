// Package sealed keeps what may be used once in a store that others may be able
// to write, each entry with a MAC (HMAC-SHA-256) by a key that only replicas
// have. Whoever can write the store can put an entry back that was there before,
// and remove one; they can neither make one nor change where, until when or for
// what it is.
//
// Source: FIPS 198-1.
package sealed

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/chancery-vc/chancery/issuer/singleuse"
)

// ErrForged says that an entry was not written by a replica.
var ErrForged = errors.New("an entry of the shared state was not written by a replica: find out who can write there")

// Overhead is by how much less a value may have here.
const Overhead = sha256.Size

// Store is another store whose entries are sealed.
type Store struct {
	store singleuse.Store
	key   []byte
}

var _ singleuse.Store = (*Store)(nil)

// New returns a store of sealed entries in s.
func New(s singleuse.Store, key []byte) *Store { return &Store{s, key} }

// Get returns the entry at key.
func (s *Store) Get(ctx context.Context, key singleuse.Key) (*singleuse.Entry, error) {
	kept, err := s.store.Get(ctx, key)
	if err != nil {
		return nil, err
	}
	return s.open(kept)
}

// Change changes the entry at key.
func (s *Store) Change(ctx context.Context, key singleuse.Key, change singleuse.Change) error {
	return s.store.Change(ctx, key, s.sealing(change))
}

// With returns the change as a step of what the log records.
func (s *Store) With(key singleuse.Key, change singleuse.Change) singleuse.Step {
	return s.store.With(key, s.sealing(change))
}

// Sweep removes entries that have ended.
func (s *Store) Sweep(ctx context.Context) error { return s.store.Sweep(ctx) }

// sealing has change see and say what it is without seals.
func (s *Store) sealing(change singleuse.Change) singleuse.Change {
	return func(kept *singleuse.Entry) (*singleuse.Entry, error) {
		was, err := s.open(kept)
		if err != nil {
			return nil, err
		}
		becomes, err := change(was)
		if becomes == nil || err != nil {
			return nil, err
		}
		e := *becomes
		e.Value = append(s.mac(becomes), becomes.Value...)
		return &e, nil
	}
}

func (s *Store) open(kept *singleuse.Entry) (*singleuse.Entry, error) {
	if kept == nil {
		return nil, nil
	}
	e := *kept
	if len(kept.Value) >= Overhead {
		e.Value = kept.Value[Overhead:]
		if hmac.Equal(kept.Value[:Overhead], s.mac(&e)) {
			return &e, nil
		}
	}
	return nil, fmt.Errorf("%w: it is of kind %s", ErrForged, kept.Kind)
}

// mac is over each part with its length, and the end in milliseconds.
func (s *Store) mac(e *singleuse.Entry) []byte {
	end := int64(math.MaxInt64)
	if !e.Expires.IsZero() {
		end = e.Expires.UnixMilli()
	}
	mac := hmac.New(sha256.New, s.key)
	for _, part := range []string{e.Kind, e.ID, string(e.Value)} {
		mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		mac.Write([]byte(part))
	}
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(end)))
	return mac.Sum(nil)
}
