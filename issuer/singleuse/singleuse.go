// Package singleuse keeps what may be used once, or so many times: offers and
// their codes, access tokens, nonces, counters. Package local keeps it in the
// issuer's own state; package postgres keeps it where several replicas of one
// issuer share it.
//
// # Entries
//
// An entry has a key, a value and an end. From its end on, by the clock that the
// store was given, there is no such entry; [Store.Sweep] removes it. A [Change]
// sees an entry as it is and says what it becomes, and no other change comes
// between: of all who take an entry, one has it.
//
// # Used, logged, released
//
// What an answer is given for is used up by a [Step], which goes with the record
// of the answer in the log:
//
//		offered ─ redeemed ─ asked ─ used up ─ logged ─ released
//
//	  - In the issuer's own state "used up" and "logged" are one transaction. A
//	    crash leaves both or neither; what is left can be used again.
//	  - In a shared store they are two, in this order. A crash between them, or a
//	    log that cannot be written, leaves an entry that is used up and no answer:
//	    the use is lost, its holder is refused, and needs another offer. The other
//	    order could release twice.
//	  - An offer is put into the shared store before its record is in the log. A
//	    crash between them leaves an offer whose code nobody was told.
//	  - When a connection breaks while a change is under way, nobody here knows
//	    whether it happened. That is [ErrUnknown], and it counts as if another had
//	    used the entry: nothing is released. Whoever tries again finds the entry
//	    if it is still there.
//
// So nothing is used twice, and nothing is released that is not in the log; what
// a fault can cost is a use.
//
// Whoever can write a store can use entries again; each answer is in the log all
// the same. Package sealed keeps them from making entries. Whoever can read it
// learns which records have an offer, and no code: a key has the digest
// of a secret, never the secret.
package singleuse

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/issuer/store"
)

// Errors that callers can tell apart with [errors.Is].
var (
	// ErrNone says that there is no such entry: it never was, is over, or was used.
	ErrNone = errors.New("there is no such entry, or it was used")
	// ErrTaken says that there is an entry at the key already.
	ErrTaken = errors.New("the entry is there already")
	// ErrUnavailable says that the store cannot be reached, or does not answer.
	ErrUnavailable = errors.New("the store of what may be used once does not answer")
	// ErrUnknown says that a change may have happened or not. It is an
	// ErrUnavailable, too.
	ErrUnknown = fmt.Errorf("%w: whether the change was made is not known", ErrUnavailable)
)

// Caps on what is kept.
const (
	MaxKind  = 32
	MaxID    = 256
	MaxValue = 16 << 10
)

// Key is where an entry is: a kind, which is a word, and an identifier of any
// bytes within it.
type Key struct{ Kind, ID string }

// Entry is what is kept. Its end is kept to the millisecond; the zero time is
// none.
type Entry struct {
	Key
	Value   []byte
	Expires time.Time
}

// Over tells whether the entry has ended.
func (e *Entry) Over(now time.Time) bool { return !e.Expires.IsZero() && !now.Before(e.Expires) }

// Change says what becomes of an entry, which is nil where there is none: nil
// for nothing, or another entry, which may have another key. Its error leaves
// all as it was. It may run more than once, and has no other effect.
type Change func(was *Entry) (becomes *Entry, err error)

// Store keeps entries. It is safe for concurrent use.
type Store interface {
	// Get returns the entry at key. It returns [ErrNone] if there is none.
	Get(ctx context.Context, key Key) (*Entry, error)
	// Change changes the entry at key, and is durable when it returns nil. It
	// returns the error of change, and [ErrTaken] if the key that the entry is to
	// have is another's.
	Change(ctx context.Context, key Key, change Change) error
	// With returns the change as a step of what the log records.
	With(key Key, change Change) Step
	// Sweep removes entries that have ended.
	Sweep(ctx context.Context) error
}

// Step is a change that goes with a record of the log. The zero Step changes
// nothing.
type Step struct {
	before func(context.Context) error
	within func(*store.Tx) error
}

// NewStep returns a step that is made before the record is, or else, if before
// is nil, in the transaction that writes it.
func NewStep(before func(context.Context) error, within func(*store.Tx) error) Step {
	return Step{before, within}
}

// Before makes the change if it cannot be one with the record.
func (s Step) Before(ctx context.Context) error {
	if s.before == nil {
		return nil
	}
	return s.before(ctx)
}

// Within makes the change in the transaction of the record, if it was not made
// before.
func (s Step) Within(tx *store.Tx) error {
	if s.within == nil {
		return nil
	}
	return s.within(tx)
}

// All returns steps as one, which are made in this order until one fails.
func All(steps ...Step) Step {
	before := func(ctx context.Context) error {
		for _, step := range steps {
			if err := step.Before(ctx); err != nil {
				return err
			}
		}
		return nil
	}
	return NewStep(before, func(tx *store.Tx) error {
		for _, step := range steps {
			if err := step.Within(tx); err != nil {
				return err
			}
		}
		return nil
	})
}

// New is the change that puts e where nothing is.
func New(e Entry) Change {
	return func(was *Entry) (*Entry, error) {
		if was != nil {
			return nil, ErrTaken
		}
		return &e, nil
	}
}

// Put keeps e. It returns [ErrTaken] if there is an entry at its key.
func Put(ctx context.Context, s Store, e Entry) error { return s.Change(ctx, e.Key, New(e)) }

// Take returns the entry at key and removes it. It returns [ErrNone] if there
// is none. Of all who take it one has it.
func Take(ctx context.Context, s Store, key Key) (*Entry, error) {
	var taken *Entry
	err := s.Change(ctx, key, func(was *Entry) (*Entry, error) {
		if was == nil {
			return nil, ErrNone
		}
		taken = was
		return nil, nil
	})
	if err != nil {
		return nil, err
	}
	return taken, nil
}

// GetOrPut returns what is at the key of e, which is e if there was nothing.
func GetOrPut(ctx context.Context, s Store, e Entry) (*Entry, error) {
	found, err := s.Get(ctx, e.Key)
	if !errors.Is(err, ErrNone) {
		return found, err
	}
	if err := Put(ctx, s, e); err != nil && !errors.Is(err, ErrTaken) {
		return nil, err
	}
	return s.Get(ctx, e.Key)
}

// Check returns an error if e is none that a store keeps.
func (e *Entry) Check() error {
	if len(e.Value) > MaxValue {
		return fmt.Errorf("an entry of kind %s has %d bytes, more than %d", e.Kind, len(e.Value), MaxValue)
	}
	return e.Key.Check()
}

// Check returns an error if k is no key.
func (k Key) Check() error {
	if k.Kind == "" || len(k.Kind) > MaxKind || strings.ContainsRune(k.Kind, 0) || len(k.ID) > MaxID {
		return fmt.Errorf("%.40q and an identifier of %d bytes are no key", k.Kind, len(k.ID))
	}
	return nil
}
