// Package partner keeps what became of the grants that were signed for partners:
// which there are, which were revoked, and how many different records each was
// used for. A grant that is not kept here is none, whatever its signature says.
//
// All that is kept of a grant is one entry of what may be used so many times
// (package singleuse), until the grant ends. Counting is a [singleuse.Step] that
// goes with the record of the question in the log, so that of two who ask for
// the last record at once, one is counted, and a crash or a restart gives nothing
// back. Where replicas share the store, counts and revocations are those of all.
//
// A record is kept as 66 bits of a keyed digest of its key, which tell nothing of
// it to who reads the store. Whoever can write the store can have a revoked grant
// hold again, and its count begin anew; each answer is in the log all the same.
package partner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/issuer/singleuse"
)

// Refusal is why a grant is good for nothing, or not for one more record.
type Refusal string

// The refusals.
const (
	ErrForged  Refusal = "the grant is none that this issuer signed"
	ErrEarly   Refusal = "the grant has not begun"
	ErrUnknown Refusal = "the grant has ended, or is none of this issuer's"
	ErrRevoked Refusal = "the grant was revoked"
	// ErrUsedUp depends on what was asked before, and on no record.
	ErrUsedUp Refusal = "the grant is used up: it is for no more records than were asked about"
)

// Error returns the reason.
func (r Refusal) Error() string { return string(r) }

// LogReason returns it for the log.
func (r Refusal) LogReason() string { return string(r) }

// kind is that of the entries.
const kind = "partner-grant"

// tag is how many characters of a digest are kept of a record.
const tag = 11

// State is what is kept of a grant.
type State struct {
	Digest  string    `json:"digest"` // of the very bytes that are the grant, as the log has it
	Most    int       `json:"most"`   // different records
	Revoked time.Time `json:"revoked,omitzero"`
	Records string    `json:"records,omitzero"` // that were asked about, a tag each
	Expires time.Time `json:"-"`
}

// Used returns how many different records the grant was used for.
func (s *State) Used() int { return len(s.Records) / tag }

// has tells whether a record was asked about before.
func (s *State) has(record string) bool {
	for at := 0; at < len(s.Records); at += tag {
		if s.Records[at:at+tag] == record {
			return true
		}
	}
	return false
}

// Ledger keeps grants. It is safe for concurrent use.
type Ledger struct{ store singleuse.Store }

// New returns the ledger in a store.
func New(s singleuse.Store) *Ledger { return &Ledger{s} }

func keyOf(id string) singleuse.Key { return singleuse.Key{Kind: kind, ID: id} }

// Open returns the step that keeps a grant which was signed.
func (l *Ledger) Open(id string, s State) singleuse.Step {
	return l.store.With(keyOf(id), func(was *singleuse.Entry) (*singleuse.Entry, error) {
		if was != nil {
			return nil, singleuse.ErrTaken
		}
		return entry(id, s)
	})
}

// State returns what is kept of a grant. Its error is [ErrUnknown], or one of the
// store.
func (l *Ledger) State(ctx context.Context, id string) (State, error) {
	e, err := l.store.Get(ctx, keyOf(id))
	if errors.Is(err, singleuse.ErrNone) {
		return State{}, ErrUnknown
	}
	if err != nil {
		return State{}, err
	}
	return read(e)
}

// Count returns the step that counts a record, of which the digest is given.
// Its error is a [Refusal] if the grant is not good for it.
func (l *Ledger) Count(id, digest string) singleuse.Step {
	return l.change(id, func(s *State) error {
		record := digest[:tag]
		switch {
		case !s.Revoked.IsZero():
			return ErrRevoked
		case s.has(record):
			return nil
		case s.Used() >= s.Most:
			return ErrUsedUp
		}
		s.Records += record
		return nil
	})
}

// Revoke returns the step that revokes a grant. Its error is [ErrRevoked] if it
// was revoked before, and [ErrUnknown] if there is none.
func (l *Ledger) Revoke(id string, at time.Time) singleuse.Step {
	return l.change(id, func(s *State) error {
		if !s.Revoked.IsZero() {
			return ErrRevoked
		}
		s.Revoked = at.UTC()
		return nil
	})
}

func (l *Ledger) change(id string, change func(*State) error) singleuse.Step {
	return l.store.With(keyOf(id), func(was *singleuse.Entry) (*singleuse.Entry, error) {
		if was == nil {
			return nil, ErrUnknown
		}
		s, err := read(was)
		if err != nil {
			return nil, err
		}
		if err := change(&s); err != nil {
			return nil, err
		}
		return entry(id, s)
	})
}

func read(e *singleuse.Entry) (s State, err error) {
	if err := json.Unmarshal(e.Value, &s); err != nil || len(s.Records)%tag != 0 {
		return s, fmt.Errorf("state of the grants of partners: %s cannot be read", e.ID)
	}
	s.Expires = e.Expires
	return s, nil
}

func entry(id string, s State) (*singleuse.Entry, error) {
	data, err := json.Marshal(s)
	return &singleuse.Entry{Key: keyOf(id), Value: data, Expires: s.Expires}, err
}
