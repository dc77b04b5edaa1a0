package store

import (
	"fmt"

	"go.etcd.io/bbolt"
)

// Tx is a transaction. Keys are ordered bytewise within a bucket; buckets need
// not be made first.
type Tx struct {
	tx      *bbolt.Tx
	buckets map[string]*bbolt.Bucket // those in use; nil if nothing can be written
	kept    map[any]any
}

func newTx(tx *bbolt.Tx) *Tx {
	if !tx.Writable() {
		return &Tx{tx: tx}
	}
	return &Tx{tx: tx, buckets: map[string]*bbolt.Bucket{}}
}

// bucket returns a bucket, or nil if it has not been made.
func (t *Tx) bucket(name string) *bbolt.Bucket {
	b, ok := t.buckets[name]
	if !ok {
		if b = t.tx.Bucket([]byte(name)); b != nil && t.buckets != nil {
			t.buckets[name] = b
		}
	}
	return b
}

// Keep holds a value for the changes that share this transaction, which would
// otherwise read the same again. It is gone with the transaction, and so is
// what it says if that fails.
func (t *Tx) Keep(key, value any) {
	if t.kept == nil {
		t.kept = map[any]any{}
	}
	t.kept[key] = value
}

// Kept returns what was given to [Tx.Keep], or nil.
func (t *Tx) Kept(key any) any { return t.kept[key] }

// Get returns a copy of the value at key, or nil.
func (t *Tx) Get(bucket string, key []byte) []byte {
	b := t.bucket(bucket)
	if b == nil {
		return nil
	}
	value := b.Get(key)
	if value == nil {
		return nil
	}
	return append([]byte{}, value...)
}

// Put sets the value at key.
func (t *Tx) Put(bucket string, key, value []byte) error {
	b, err := t.made(bucket)
	if err == nil {
		err = b.Put(key, value)
	}
	return inBucket(bucket, err)
}

// Append sets the value at key, which is the greatest of the bucket. Where all
// is appended, pages are filled: nothing will come between, and half as many
// are written as there would be with room in them.
func (t *Tx) Append(bucket string, key, value []byte) error {
	b, err := t.made(bucket)
	if err == nil {
		b.FillPercent = 1
		err = b.Put(key, value)
	}
	return inBucket(bucket, err)
}

// made returns a bucket, and makes it if it is not there.
func (t *Tx) made(name string) (*bbolt.Bucket, error) {
	if b := t.bucket(name); b != nil {
		return b, nil
	}
	b, err := t.tx.CreateBucket([]byte(name))
	if err == nil {
		t.buckets[name] = b
	}
	return b, err
}

func inBucket(bucket string, err error) error {
	if err != nil {
		return fmt.Errorf("state %s: %w", bucket, err)
	}
	return nil
}

// Delete removes the value at key, if there is one.
func (t *Tx) Delete(bucket string, key []byte) error {
	b := t.bucket(bucket)
	if b == nil {
		return nil
	}
	if err := b.Delete(key); err != nil {
		return fmt.Errorf("state %s: %w", bucket, err)
	}
	return nil
}

// Last returns the greatest key of a bucket and its value, or nil.
func (t *Tx) Last(bucket string) (key, value []byte) {
	b := t.bucket(bucket)
	if b == nil {
		return nil, nil
	}
	key, value = b.Cursor().Last()
	return append([]byte(nil), key...), append([]byte(nil), value...)
}
