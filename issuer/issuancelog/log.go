// Package issuancelog writes the issuer's log: a hash chain of records and a
// Merkle tree over them, each record durable before what it tells of happens.
//
// A record is added in the same transaction as the change of state that it
// records, and so is its leaf in the tree. A record costs the tree as many
// hashes as it completes subtrees, one on average; nothing that was written is
// written again, and nothing of the tree is held in memory. The form of
// records and tree, and how to check a log, is in package logproof.
//
// Source: RFC 6962, section 2.1; C2SP tlog-tiles.
package issuancelog

import (
	"context"
	"crypto"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// Buckets. Whoever can write them can change the log; chain, tree and the
// published checkpoints show it. Whoever can read the salts can test guesses at
// a record, which whoever can read the records need not.
const (
	bucketRecords = "log"      // sequence (8 bytes, big-endian) to record
	bucketLeaves  = "log-tree" // sequence to salt and hashes, as logproof.Leaf
	bucketOpen    = "log-open" // sequence of each question that has no end yet
)

// ErrDamaged says that the log on disk cannot be continued.
var ErrDamaged = errors.New("the issuance log is damaged: keep the file, and compare it with `chancery log verify`")

// maxRecords is what canonical JSON can number.
const maxRecords = 1 << 53

// Log adds records to a store.
type Log struct {
	store  *store.Store
	now    func() time.Time
	random io.Reader // of salts

	sealing sync.Mutex // held while records are moved out
}

// Open returns the log of s. It returns [ErrDamaged] if the last records and
// the tree do not fit each other, and [ErrClock] if now is before the last
// record. A log that was written before there was a tree gets one; questions
// that an earlier process left open are ended with an abandoned record each.
func Open(ctx context.Context, s *store.Store, now func() time.Time, random io.Reader) (*Log, error) {
	l := &Log{store: s, now: now, random: random}
	if err := l.plant(ctx); err != nil {
		return nil, err
	}
	if err := s.View(checkEnd); err != nil {
		return nil, err
	}
	if err := s.View(l.checkClock); err != nil {
		return nil, err
	}
	if err := l.indexOld(ctx); err != nil {
		return nil, err
	}
	return l, s.Update(ctx, l.abandon)
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
	return l.AskWith(ctx, record, func(*store.Tx) error { return nil })
}

// AskWith is [Log.Ask] together with another change of the state: both are made,
// or, with the error of step, neither is.
func (l *Log) AskWith(ctx context.Context, record logproof.Record, step func(*store.Tx) error) (uint64, error) {
	record.Kind = logproof.Asked
	var sequence uint64
	err := l.store.Update(ctx, func(tx *store.Tx) (err error) {
		if err := step(tx); err != nil {
			return err
		}
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
	last, err := endOf(tx)
	if err != nil {
		return 0, err
	}
	at, err := last.timely(l.now())
	if err != nil {
		return 0, err
	}
	record.Format, record.Sequence, record.Time = logproof.Format, last.size, credential.FormatTime(at)
	if last.size > 0 {
		record.Previous = logproof.HashOf(last.last).String()
	}
	data, err := logproof.Encode(record)
	if err != nil {
		return 0, err
	}
	if err := l.addLeaf(tx, record.Sequence, record, data); err != nil {
		return 0, err
	}
	if err := index(tx, record); err != nil {
		return 0, err
	}
	if err := tx.Append(bucketRecords, number(record.Sequence), data); err != nil {
		return 0, err
	}
	tx.Keep(endKey{}, end{last.size + 1, data, at.Truncate(time.Second)})
	return record.Sequence, nil
}

// Size returns the number of records.
func Size(tx *store.Tx) (uint64, error) {
	size, _, err := length(tx, bucketRecords)
	return size, err
}

// length returns how many numbered entries a bucket has, and the last one.
func length(tx *store.Tx, bucket string) (uint64, []byte, error) {
	key, data := tx.Last(bucket)
	if len(key) == 0 {
		return 0, nil, nil
	}
	if len(key) != 8 {
		return 0, nil, fmt.Errorf("%w: a key of %d bytes in %s", ErrDamaged, len(key), bucket)
	}
	last := binary.BigEndian.Uint64(key)
	if last >= maxRecords {
		return 0, nil, fmt.Errorf("%w: a record %d in %s", ErrDamaged, last, bucket)
	}
	return last + 1, data, nil
}

func number(sequence uint64) []byte {
	return binary.BigEndian.AppendUint64(nil, sequence)
}

// Checkpoint returns the state of the log, signed by one or more.
func (l *Log) Checkpoint(origin string, signer crypto.Signer, others ...crypto.Signer) ([]byte, error) {
	var c logproof.Checkpoint
	err := l.store.View(func(tx *store.Tx) error {
		size, err := Size(tx)
		if err == nil {
			c, err = State(tx, origin, size)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return c.Sign(signer, others...)
}

// State returns the state that a log, whose name is origin, had when it had
// size records.
func State(tx *store.Tx, origin string, size uint64) (logproof.Checkpoint, error) {
	c := logproof.Checkpoint{Origin: origin, Size: size}
	if err := has(tx, size); err != nil || size == 0 {
		c.Root = logproof.HashOf(nil) // RFC 6962, section 2.1
		return c, err
	}
	start, err := Start(tx)
	switch {
	case err != nil:
		return c, err
	case size < start.Size:
		return c, fmt.Errorf("the hash of record %d: %w", size-1, ErrSealed)
	case size == start.Size:
		c.Head = start.Head
	default:
		c.Head = logproof.HashOf(tx.Get(bucketRecords, number(size-1)))
	}
	c.Root, err = Root(tx, size)
	return c, err
}

// Had tells whether a log was once what a checkpoint says. Of a checkpoint of
// records that were moved out, the root alone tells.
func Had(tx *store.Tx, c logproof.Checkpoint) (bool, error) {
	was, err := State(tx, c.Origin, c.Size)
	if errors.Is(err, ErrSealed) && c.HasRoot() {
		was.Head = c.Head
		was.Root, err = Root(tx, c.Size)
	}
	return was.Head == c.Head && (was.Root == c.Root || !c.HasRoot()), err
}
