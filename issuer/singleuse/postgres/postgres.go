// Package postgres keeps what may be used once in a PostgreSQL database, of
// version 13 or later, that all replicas of an issuer share.
//
// # Changes
//
// An entry is a row. A change reads it, and writes in one statement, which is a
// transaction of its own, and only if the row is still what was read: value and
// end are compared, so that it does not matter what happened to the row in
// between. Otherwise the change is made again. No lock is held while a replica
// thinks, so that one that is cut off holds nobody up. Changes of one key wait
// for each other within a process, and meet only those of other replicas.
//
// synchronous_commit is on for each connection: what was used up stays so when
// the server crashes. A server that fails over to a standby must have it wait
// for that standby (synchronous_standby_names), or its last changes can be
// undone.
//
// # Errors
//
// singleuse.ErrUnavailable says that nothing was changed. When a connection ends
// after a write was sent, it is singleuse.ErrUnknown. Of the server's errors only
// the code is kept, since messages quote values; those about a connection that
// could not be opened are shown. The password is in none.
//
// # Rights
//
// [Statements] makes the tables, as an account of the database's owner. The
// account that replicas use can read and write them and nothing else:
// [Store.Prove] looks whether it can do more.
//
// Sources: postgresql.org/docs/current/transaction-iso.html, /libpq-connect.html,
// /errcodes-appendix.html, /protocol-flow.html, /runtime-config-wal.html.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"slices"
	"time"

	"github.com/chancery-vc/chancery/issuer/singleuse"
)

const (
	// maxConns bounds the connections of one replica; whoever comes then waits.
	maxConns = 8
	// changeTimeout is how long a change may take in all.
	changeTimeout = 10 * time.Second
	// statementTimeout and lockTimeout are what the server allows a statement.
	statementTimeout = 3 * time.Second
	lockTimeout      = 2 * time.Second
	// maxTries is how often a change is made again because others came first.
	maxTries = 64
	// lanes is how many changes of different keys can be under way.
	lanes = 64
)

// MaxSkew is how far the clocks of two replicas may be apart. An entry that is
// over is kept for as long, so that a clock that is behind finds what was used.
const MaxSkew = time.Minute

// Options say which database it is, and as whom.
type Options struct {
	// DSN is a connection string of libpq's without a password. Its keywords are
	// host, port, dbname, user, connect_timeout, sslmode, sslrootcert, sslcert,
	// sslkey and target_session_attrs.
	DSN string
	// Password returns that of the account, for each connection anew; nil if it
	// needs none.
	Password func(context.Context) (string, error)
	Schema   string // of the tables
	Now      func() time.Time
}

// Store is the shared store, as one account uses it.
type Store struct {
	pool   pool
	schema string
	table  string // quoted, with its schema
	now    func() time.Time
	seed   maphash.Seed
	lanes  [lanes]chan struct{}
}

var _ singleuse.Store = (*Store)(nil)

// Open connects to a store. It returns [ErrSchema] if [Statements] has not made
// it, or not as this program knows it.
func Open(ctx context.Context, o Options) (*Store, error) {
	config, err := parse(o.DSN)
	if err != nil {
		return nil, err
	}
	s := &Store{pool: newPool(config, o.Password), schema: o.Schema, table: quote(o.Schema) + "." + tableEntries, now: o.Now, seed: maphash.MakeSeed()}
	for i := range s.lanes {
		s.lanes[i] = make(chan struct{}, 1)
	}
	if err := s.checkSchema(ctx, o.Schema); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close closes the connections.
func (s *Store) Close() error {
	s.pool.Close()
	return nil
}

// Get returns the entry at key.
func (s *Store) Get(ctx context.Context, key singleuse.Key) (*singleuse.Entry, error) {
	ctx, cancel := context.WithTimeout(ctx, changeTimeout)
	defer cancel()
	kept, err := s.get(ctx, key)
	if err != nil {
		return nil, err
	}
	if e := s.live(kept); e != nil {
		return e, nil
	}
	return nil, singleuse.ErrNone
}

// With returns the change as a step before a record is written.
func (s *Store) With(key singleuse.Key, change singleuse.Change) singleuse.Step {
	return singleuse.NewStep(func(ctx context.Context) error { return s.Change(ctx, key, change) }, nil)
}

// Change changes the entry at key.
func (s *Store) Change(ctx context.Context, key singleuse.Key, change singleuse.Change) error {
	ctx, cancel := context.WithTimeout(ctx, changeTimeout)
	defer cancel()
	lane := s.lanes[maphash.Comparable(s.seed, key)%lanes]
	if err := s.pool.Take(ctx, lane); err != nil {
		return err
	}
	defer func() { <-lane }()
	for range maxTries {
		done, err := s.try(ctx, key, change)
		if done || err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: others changed the entry %d times meanwhile", singleuse.ErrUnavailable, maxTries)
}

// try makes a change, unless the entry is another one by then.
func (s *Store) try(ctx context.Context, key singleuse.Key, change singleuse.Change) (done bool, err error) {
	kept, err := s.get(ctx, key)
	if err != nil {
		return false, err
	}
	becomes, err := change(s.live(kept))
	if err != nil {
		return false, err
	}
	if becomes != nil {
		if err := becomes.Check(); err != nil {
			return false, err
		}
	}
	switch {
	case becomes == nil && kept == nil:
		return true, nil
	case becomes == nil:
		return s.remove(ctx, kept)
	case kept != nil:
		return s.replace(ctx, kept, becomes)
	case becomes.Key != key: // nothing moves: nothing has to be compared
		return s.put(ctx, becomes)
	default:
		return s.insert(ctx, becomes)
	}
}

// live returns a copy of the entry of a row, unless it is over.
func (s *Store) live(kept *singleuse.Entry) *singleuse.Entry {
	if kept == nil || kept.Over(s.now()) {
		return nil
	}
	e := *kept
	e.Value = slices.Clone(kept.Value)
	return &e
}

// put keeps an entry at another key than the one that the change was of.
func (s *Store) put(ctx context.Context, e *singleuse.Entry) (bool, error) {
	done, err := s.insert(ctx, e)
	if err == nil && !done {
		err = fmt.Errorf("%w: of kind %s", singleuse.ErrTaken, e.Kind)
	}
	return done, err
}

// Sweep removes the entries that ended longer ago than clocks may differ.
func (s *Store) Sweep(ctx context.Context) error {
	const most = 1000
	for {
		limited, cancel := context.WithTimeout(ctx, changeTimeout)
		n, err := s.sweepSome(limited, most)
		cancel()
		if err != nil || n < most {
			return err
		}
	}
}
