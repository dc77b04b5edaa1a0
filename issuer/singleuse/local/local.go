// Package local keeps what may be used once in the issuer's own state, where a
// change and the record that goes with it are one transaction.
package local

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"github.com/chancery-vc/chancery/issuer/singleuse"
	"github.com/chancery-vc/chancery/issuer/store"
)

// Buckets. Whoever can write them can use again what was used.
const (
	bucketEntries = "single-use"      // kind, 0, identifier to end and value
	bucketEnds    = "single-use-ends" // end and the same key to nothing
)

// sweepAtOnce is how many entries one transaction removes.
const sweepAtOnce = 1000

// endBytes is the length of an end: milliseconds since 1970, big-endian.
const endBytes = 8

// never is the end of what has none.
const never = math.MaxInt64

// Store is the part of a state file that has what may be used once.
type Store struct {
	store *store.Store
	now   func() time.Time
}

var _ singleuse.Store = (*Store)(nil)

// New returns the store in s, by the clock now.
func New(s *store.Store, now func() time.Time) *Store { return &Store{s, now} }

// Get returns the entry at key.
func (s *Store) Get(ctx context.Context, key singleuse.Key) (e *singleuse.Entry, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	err = s.store.View(func(tx *store.Tx) error {
		_, e, err = s.get(tx, key)
		return err
	})
	if err == nil && e == nil {
		err = singleuse.ErrNone
	}
	return e, err
}

// Change changes the entry at key.
func (s *Store) Change(ctx context.Context, key singleuse.Key, change singleuse.Change) error {
	return s.store.Update(ctx, s.within(key, change))
}

// With returns the change as a step in the transaction of a record.
func (s *Store) With(key singleuse.Key, change singleuse.Change) singleuse.Step {
	return singleuse.NewStep(nil, s.within(key, change))
}

func (s *Store) within(key singleuse.Key, change singleuse.Change) func(*store.Tx) error {
	return func(tx *store.Tx) error {
		kept, was, err := s.get(tx, key)
		if err != nil {
			return err
		}
		becomes, err := change(was)
		if err != nil {
			return err
		}
		if err := remove(tx, place(key), kept); err != nil || becomes == nil {
			return err
		}
		return s.put(tx, becomes)
	}
}

// get returns what is kept at key, and the entry that it is unless that is over.
func (s *Store) get(tx *store.Tx, key singleuse.Key) (kept []byte, e *singleuse.Entry, err error) {
	if err := key.Check(); err != nil {
		return nil, nil, err
	}
	kept = tx.Get(bucketEntries, place(key))
	if kept == nil {
		return nil, nil, nil
	}
	if len(kept) < endBytes {
		return nil, nil, fmt.Errorf("state of what is used once: an entry of kind %s has %d bytes", key.Kind, len(kept))
	}
	e = &singleuse.Entry{Key: key, Value: kept[endBytes:]}
	if end := int64(binary.BigEndian.Uint64(kept)); end != never {
		e.Expires = time.UnixMilli(end).UTC()
	}
	if e.Over(s.now()) {
		e = nil
	}
	return kept, e, nil
}

// put keeps e where nothing is, or what is over.
func (s *Store) put(tx *store.Tx, e *singleuse.Entry) error {
	if err := e.Check(); err != nil {
		return err
	}
	kept, other, err := s.get(tx, e.Key)
	if err != nil {
		return err
	}
	if other != nil {
		return fmt.Errorf("%w: of kind %s", singleuse.ErrTaken, e.Kind)
	}
	if err := remove(tx, place(e.Key), kept); err != nil {
		return err
	}
	end := endOf(e.Expires)
	if err := tx.Put(bucketEnds, append(end[:endBytes:endBytes], place(e.Key)...), []byte{}); err != nil {
		return err
	}
	return tx.Put(bucketEntries, place(e.Key), append(end, e.Value...))
}

// remove removes what is kept at a place, if anything is.
func remove(tx *store.Tx, place, kept []byte) error {
	if kept == nil {
		return nil
	}
	if err := tx.Delete(bucketEnds, append(kept[:endBytes:endBytes], place...)); err != nil {
		return err
	}
	return tx.Delete(bucketEntries, place)
}

func place(k singleuse.Key) []byte { return []byte(k.Kind + "\x00" + k.ID) }

func endOf(t time.Time) []byte {
	if t.IsZero() {
		return binary.BigEndian.AppendUint64(nil, never)
	}
	return binary.BigEndian.AppendUint64(nil, uint64(t.UnixMilli()))
}

// Sweep removes the entries that are over. It writes nothing if there are none.
func (s *Store) Sweep(ctx context.Context) error {
	for {
		left := false
		err := s.store.View(func(tx *store.Tx) error {
			left = len(s.over(tx, 1)) > 0
			return nil
		})
		if err == nil && left {
			err = s.store.Update(ctx, s.sweepSome)
		}
		if err != nil || !left {
			return err
		}
	}
}

func (s *Store) sweepSome(tx *store.Tx) error {
	for _, key := range s.over(tx, sweepAtOnce) {
		if err := remove(tx, key[endBytes:], key); err != nil {
			return err
		}
	}
	return nil
}

// over returns the keys of entries that are over, with their ends before them.
func (s *Store) over(tx *store.Tx, most int) (keys [][]byte) {
	now := endOf(s.now())
	for key := range tx.All(bucketEnds) {
		if len(keys) == most || bytes.Compare(key[:endBytes], now) > 0 {
			break
		}
		keys = append(keys, bytes.Clone(key))
	}
	return keys
}
