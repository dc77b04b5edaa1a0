// Package issuancelog writes the issuer's log: a hash chain of records, each
// durable before what it tells of happens.
//
// A record is added in the same transaction as the change of state that it
// records. Its form, and how to check a log, is in package logproof.
package issuancelog

import (
	"context"
	"crypto"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// Buckets. Whoever can write them can change the log; the chain and the
// published checkpoints show it.
const (
	bucketRecords = "log"      // sequence (8 bytes, big-endian) to record
	bucketOpen    = "log-open" // sequence of each question that has no end yet
)

// ErrDamaged says that the log on disk cannot be continued.
var ErrDamaged = errors.New("the issuance log is damaged: keep the file, and compare it with `chancery log verify`")

// Log adds records to a store.
type Log struct {
	store *store.Store
	now   func() time.Time
}

// Open returns the log of s. Questions that an earlier process left open are
// ended with an abandoned record each.
func Open(ctx context.Context, s *store.Store, now func() time.Time) (*Log, error) {
	l := &Log{store: s, now: now}
	return l, s.Update(ctx, l.abandon)
}

// Empty tells whether no record was ever written to s.
func Empty(s *store.Store) (empty bool, err error) {
	err = s.View(func(tx *store.Tx) error {
		size, _, err := end(tx)
		empty = size == 0
		return err
	})
	return empty, err
}

func (l *Log) abandon(tx *store.Tx) error {
	var open []uint64
	for key := range tx.All(bucketOpen) {
		open = append(open, binary.BigEndian.Uint64(key))
	}
	for _, question := range open {
		record := logproof.Record{Kind: logproof.Abandoned, Question: &question, Reason: "the issuer stopped before it answered"}
		if err := l.Append(tx, record); err != nil {
			return err
		}
	}
	return nil
}

// Ask adds a question, which stays open until a record that names it ends it,
// and returns its sequence number. It is durable when Ask returns.
func (l *Log) Ask(ctx context.Context, record logproof.Record) (uint64, error) {
	record.Kind = logproof.Asked
	var sequence uint64
	err := l.store.Update(ctx, func(tx *store.Tx) (err error) {
		if sequence, err = l.append(tx, record); err != nil {
			return err
		}
		return tx.Put(bucketOpen, number(sequence), []byte{})
	})
	return sequence, err
}

// Append adds a record in tx. A record that names a question ends it, which
// can be done once.
func (l *Log) Append(tx *store.Tx, record logproof.Record) error {
	if record.Question != nil {
		key := number(*record.Question)
		if tx.Get(bucketOpen, key) == nil {
			return fmt.Errorf("question %d has been ended before", *record.Question)
		}
		if err := tx.Delete(bucketOpen, key); err != nil {
			return err
		}
	}
	_, err := l.append(tx, record)
	return err
}

// append gives the record its place in the chain.
func (l *Log) append(tx *store.Tx, record logproof.Record) (uint64, error) {
	size, head, err := end(tx)
	if err != nil {
		return 0, err
	}
	record.Format, record.Sequence = logproof.Format, size
	record.Time = credential.FormatTime(l.now())
	if size > 0 {
		record.Previous = head.String()
	}
	data, err := logproof.Encode(record)
	if err != nil {
		return 0, err
	}
	return size, tx.Put(bucketRecords, number(size), data)
}

// end returns the number of records, and the hash of the last one.
func end(tx *store.Tx) (uint64, logproof.Hash, error) {
	key, data := tx.Last(bucketRecords)
	if len(key) == 0 {
		return 0, logproof.Hash{}, nil
	}
	if len(key) != 8 {
		return 0, logproof.Hash{}, fmt.Errorf("%w: a key of %d bytes", ErrDamaged, len(key))
	}
	return binary.BigEndian.Uint64(key) + 1, logproof.HashOf(data), nil
}

func number(sequence uint64) []byte {
	return binary.BigEndian.AppendUint64(nil, sequence)
}

// Checkpoint returns the signed state of the log.
func (l *Log) Checkpoint(origin string, signer crypto.Signer) ([]byte, error) {
	c := logproof.Checkpoint{Origin: origin}
	err := l.store.View(func(tx *store.Tx) (err error) {
		c.Size, c.Head, err = end(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return c.Sign(signer)
}

// Records yields the records of a log in order, as number and bytes.
func Records(tx *store.Tx) iter.Seq2[uint64, []byte] {
	return func(yield func(uint64, []byte) bool) {
		for key, data := range tx.All(bucketRecords) {
			if len(key) == 8 && !yield(binary.BigEndian.Uint64(key), append([]byte(nil), data...)) {
				return
			}
		}
	}
}
