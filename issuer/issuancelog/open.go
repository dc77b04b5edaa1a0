package issuancelog

import (
	"context"
	"encoding/binary"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

const (
	// plantAtOnce is how many old records get their leaf in one transaction.
	plantAtOnce = 4096
	// checkedRecords is how many of the last records are looked at when a log
	// is opened.
	checkedRecords = 256
)

// plant gives a log that was written before there was a tree its leaves. It
// goes on where an earlier process was stopped.
func (l *Log) plant(ctx context.Context) error {
	for done := false; !done; {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := l.store.Update(ctx, func(tx *store.Tx) (err error) {
			done, err = l.plantSome(tx)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (l *Log) plantSome(tx *store.Tx) (done bool, err error) {
	size, err := Size(tx)
	if err != nil {
		return false, err
	}
	leaves, _, err := length(tx, bucketLeaves)
	if err != nil || leaves >= size {
		return true, err
	}
	planted := uint64(0)
	for key, data := range tx.From(bucketRecords, number(leaves)) {
		if planted == plantAtOnce {
			return false, nil
		}
		sequence := leaves + planted
		if len(key) != 8 || binary.BigEndian.Uint64(key) != sequence {
			return false, damaged(sequence, "it is missing")
		}
		record, err := logproof.Decode(data)
		if err != nil {
			return false, damaged(sequence, err.Error())
		}
		if record.Format != 1 {
			return false, damaged(sequence, fmt.Sprintf("the log has %d records, and the tree only %d leaves", size, leaves))
		}
		if err := l.addLeaf(tx, sequence, record, append([]byte(nil), data...)); err != nil {
			return false, err
		}
		planted++
	}
	return true, nil
}

// checkEnd returns ErrDamaged unless the last records, their leaves and what
// they complete of the tree fit each other.
func checkEnd(tx *store.Tx) error {
	size, err := Size(tx)
	if err != nil {
		return err
	}
	leaves, _, err := length(tx, bucketLeaves)
	if err != nil {
		return err
	}
	if leaves != size {
		return damaged(size, fmt.Sprintf("the log has %d records, and the tree %d leaves", size, leaves))
	}
	start, err := Start(tx)
	if err != nil {
		return err
	}
	if start.Size > 0 && start.Size >= size {
		return damaged(size, "it is missing: it would tell what was sealed")
	}
	sequence, previous := size-min(size, checkedRecords), ""
	if sequence <= start.Size && start.Size > 0 {
		sequence, previous = start.Size, start.Head.String()
	}
	for ; sequence < size; sequence++ {
		if previous, err = checkRecord(tx, sequence, previous); err != nil {
			return err
		}
	}
	_, err = Root(tx, size)
	return err
}

// checkRecord checks one record, whose predecessor has the hash previous if
// that is not empty, and returns its own hash.
func checkRecord(tx *store.Tx, sequence uint64, previous string) (string, error) {
	opening, err := Opening(tx, sequence)
	if err != nil {
		return "", err
	}
	record, err := logproof.Decode(opening.Record)
	switch {
	case err != nil:
		return "", damaged(sequence, err.Error())
	case record.Sequence != sequence:
		return "", damaged(sequence, fmt.Sprintf("it says that it is %d", record.Sequence))
	case previous != "" && record.Previous != previous:
		return "", damaged(sequence, "it names another record as the one before it")
	}
	leaf, err := leafOf(tx, sequence)
	if err != nil {
		return "", err
	}
	completed, err := tlog.StoredHashesForRecordHash(int64(sequence), tlog.Hash(logproof.LeafHash(opening.Commitment())), nodes{tx})
	if err != nil {
		return "", err
	}
	for level, hash := range ours(completed) {
		if leaf.Hashes[level] != hash {
			return "", damaged(sequence, "it does not fit the tree")
		}
	}
	return logproof.HashOf(opening.Record).String(), nil
}
