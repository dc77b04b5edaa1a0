// Package store keeps the issuer's state and its log in one bbolt file, so
// that a record of the log and the change that it records are one write.
//
// Calls of [Store.Update] that come at the same time share one transaction and
// one fsync; each returns when its own change is durable. A function that is
// passed to Update may run more than once and must have no other effect than
// on its [Tx].
//
// A transaction that could not be written ends the store: after a write or an
// fsync has failed, nobody can tell what of it is on the disk, and a later
// fsync that succeeds does not tell either. From then on every Update and View
// returns [ErrStopped]. Whoever opens the file again, mostly a new process,
// has all that was durable, and perhaps the transaction that failed, as a
// whole. Nobody sees a change before it is durable.
//
// Whoever can write the file can put the issuer's state back to an earlier one
// and make the log end earlier; a published checkpoint shows it. They gain no
// key and no record of the register.
package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"go.etcd.io/bbolt"
	berrors "go.etcd.io/bbolt/errors"
)

// Errors that callers can tell apart with [errors.Is].
var (
	// ErrLocked says that another process has the file open.
	ErrLocked = errors.New("another process has the issuer's state open")
	// ErrDamaged says that a file is no whole state file.
	ErrDamaged = errors.New("the state file is damaged")
	// ErrStopped says that the file could not be written, and is left alone
	// until it is opened anew.
	ErrStopped = errors.New("the issuer's state could not be written, and nothing is until the issuer is started again; look at the disk first: is it full, or broken?")
)

const lockWait = 200 * time.Millisecond

// Store is an open state file.
type Store struct {
	db    *bbolt.DB
	queue queue
	writing
}

// Open opens the file at path for this process alone, and makes it if it is
// not there. It returns [ErrLocked] if another process has it.
func Open(path string) (*Store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("state folder: %w", err)
	}
	if err := create(path); err != nil {
		return nil, err
	}
	return guarded(path, &bbolt.Options{Timeout: lockWait})
}

// OpenReadOnly opens the file at path, which must exist, without writing. It
// may be anybody's copy, and damaged.
func OpenReadOnly(path string) (*Store, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("state file: %w", err)
	}
	return guarded(path, &bbolt.Options{Timeout: lockWait, ReadOnly: true})
}

func guarded(path string, options *bbolt.Options) (s *Store, err error) {
	err = guard(func() error {
		s, err = open(path, options)
		return err
	})
	return s, err
}

func open(path string, options *bbolt.Options) (*Store, error) {
	var file *os.File
	options.OpenFile = func(name string, flag int, mode os.FileMode) (_ *os.File, err error) {
		file, err = os.OpenFile(name, flag, mode)
		return file, err
	}
	db, err := bbolt.Open(path, 0o600, options)
	if errors.Is(err, berrors.ErrTimeout) {
		return nil, fmt.Errorf("%w: %s", ErrLocked, path)
	}
	if err != nil {
		return nil, fmt.Errorf("open the state file %s: %w", path, err)
	}
	if !isAt(file, path) { // it was compacted while this process waited for it
		return nil, errors.Join(fmt.Errorf("%w: %s", ErrLocked, path), db.Close())
	}
	if !options.ReadOnly {
		if err := db.Sync(); err != nil { // of what a killed process had written, and not more
			return nil, errors.Join(fmt.Errorf("open the state file %s: %w", path, err), db.Close())
		}
	}
	return &Store{db: db, queue: newQueue(), writing: newWriting()}, nil
}

// Close waits for transactions under way and gives the file free.
func (s *Store) Close() error { return s.db.Close() }

// Update runs change in a transaction that is durable when Update returns nil.
func (s *Store) Update(ctx context.Context, change func(*Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := s.queue.run(change, s.commit)
	if errors.Is(err, errAlone) {
		err = s.write(change)
	}
	return err
}

// View runs read on a state that is durable and does not change under it.
func (s *Store) View(read func(*Tx) error) error {
	view := func() error { return s.read(func(tx *bbolt.Tx) error { return read(newTx(tx)) }) }
	if s.db.IsReadOnly() {
		return guard(view)
	}
	return view()
}

// guard makes an error of what bbolt does with a damaged file: it panics, or
// reads outside of what is mapped.
func guard(do func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if cause := recover(); cause != nil {
			err = ErrDamaged
		}
	}()
	return do()
}

// Snapshot writes a copy of the whole file, as of one moment. It calls begin
// with the size of the copy first.
func (s *Store) Snapshot(w io.Writer, begin func(size int64)) error {
	return s.read(func(tx *bbolt.Tx) error {
		begin(tx.Size())
		_, err := tx.WriteTo(w)
		return err
	})
}

// All yields the entries of a bucket in order of their keys, which are only
// good until the next one.
func (t *Tx) All(bucket string) func(yield func(key, value []byte) bool) {
	return t.From(bucket, nil)
}

// From yields the entries of a bucket in order of their keys, beginning with
// key or the next one; they are only good until the next one.
func (t *Tx) From(bucket string, key []byte) func(yield func(key, value []byte) bool) {
	return func(yield func(key, value []byte) bool) {
		b := t.bucket(bucket)
		if b == nil {
			return
		}
		c, order := b.Cursor(), ascending{}
		for key, value := c.Seek(key); key != nil; key, value = c.Next() {
			order.next(key)
			if !yield(key, value) {
				return
			}
		}
	}
}

// Both yields the keys of two buckets in order, each once, with its value in
// the one and in the other, or nil. They are only good until the next one.
func (t *Tx) Both(first, second string) func(yield func(key []byte, values [2][]byte) bool) {
	return func(yield func(key []byte, values [2][]byte) bool) {
		one, other := t.cursor(first), t.cursor(second)
		for one.key != nil || other.key != nil {
			order := bytes.Compare(one.key, other.key)
			if one.key == nil {
				order = 1
			} else if other.key == nil {
				order = -1
			}
			key, values := one.key, [2][]byte{one.value, other.value}
			if order < 0 {
				values[1] = nil
			} else if order > 0 {
				key, values[0] = other.key, nil
			}
			if !yield(key, values) {
				return
			}
			if order <= 0 {
				one.next()
			}
			if order >= 0 {
				other.next()
			}
		}
	}
}

// cursor is at an entry of a bucket; its key is nil after the last one.
type cursor struct {
	cursor     *bbolt.Cursor
	key, value []byte
	order      ascending
}

func (t *Tx) cursor(bucket string) *cursor {
	b := t.bucket(bucket)
	if b == nil {
		return &cursor{}
	}
	c := &cursor{cursor: b.Cursor()}
	c.key, c.value = c.cursor.First()
	return c
}

func (c *cursor) next() {
	c.order.next(c.key)
	c.key, c.value = c.cursor.Next()
}

// WithPrefix yields the entries of a bucket whose keys start with prefix.
func (t *Tx) WithPrefix(bucket string, prefix []byte) func(yield func(key, value []byte) bool) {
	return func(yield func(key, value []byte) bool) {
		b := t.bucket(bucket)
		if b == nil {
			return
		}
		c, order := b.Cursor(), ascending{}
		for key, value := c.Seek(prefix); key != nil && bytes.HasPrefix(key, prefix); key, value = c.Next() {
			order.next(key)
			if !yield(key, value) {
				return
			}
		}
	}
}
