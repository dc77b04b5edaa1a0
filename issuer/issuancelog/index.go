package issuancelog

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"iter"

	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// The index says where each credential and statement was answered. Whoever can
// write it can lead a search astray, and no further: what it says is held
// against the record.
//
// Its keys begin with the number of a run of records, so that what is added to
// is a small part of it however long the log is. A search looks into each run.
const (
	bucketIndex   = "log-index"   // number of the run (8 bytes), 16 bytes of SHA-256 of the identifier, to the sequence
	bucketIndexed = "log-indexed" // "to" to how many records of a log from before have been indexed, or to all
)

const (
	// indexRun is how many records one run of the index is of.
	indexRun = 1024
	// indexAtOnce is how many old records are indexed in one transaction.
	indexAtOnce = 4096
)

var (
	indexedTo  = []byte("to")
	indexedAll = []byte("all")
)

// IndexEntry is one entry of the index.
type IndexEntry struct {
	Hash     [16]byte // the first half of the SHA-256 of an identifier
	Sequence uint64   // of the record that it was answered with
	Astray   bool     // the entry is not where a search for its record looks
}

// IndexHash returns what the index has of an identifier.
func IndexHash(credential string) [16]byte {
	sum := sha256.Sum256([]byte(credential))
	return [16]byte(sum[:16])
}

func indexKey(run uint64, hash [16]byte) []byte {
	return append(binary.BigEndian.AppendUint64(make([]byte, 0, 24), run), hash[:]...)
}

// index adds a record to the index if something was answered with it.
func index(tx *store.Tx, record logproof.Record) error {
	if record.Kind != logproof.Answered || record.Credential == "" {
		return nil
	}
	return tx.Put(bucketIndex, indexKey(record.Sequence/indexRun, IndexHash(record.Credential)), number(record.Sequence))
}

// indexOld indexes a log that was written before there was an index. It goes on
// where an earlier process was stopped.
func (l *Log) indexOld(ctx context.Context) error {
	for done := false; !done; {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := l.store.View(func(tx *store.Tx) error { done = Indexed(tx); return nil }); err != nil || done {
			return err
		}
		if err := l.store.Update(ctx, indexSome); err != nil {
			return err
		}
	}
	return nil
}

func indexSome(tx *store.Tx) error {
	size, err := Size(tx)
	if err != nil {
		return err
	}
	var from uint64
	if data := tx.Get(bucketIndexed, indexedTo); len(data) == 8 {
		from = binary.BigEndian.Uint64(data)
	}
	next := from + indexAtOnce
	for key, data := range tx.From(bucketRecords, number(from)) {
		if bytes.Compare(key, number(next)) >= 0 {
			return tx.Put(bucketIndexed, indexedTo, number(next))
		}
		record, err := logproof.Decode(data)
		if err != nil {
			return damaged(binary.BigEndian.Uint64(key), err.Error())
		}
		if err := index(tx, record); err != nil {
			return err
		}
	}
	if next < size {
		return tx.Put(bucketIndexed, indexedTo, number(next))
	}
	return tx.Put(bucketIndexed, indexedTo, indexedAll)
}

// Indexed tells whether the log has an index. A copy of one from before has
// none.
func Indexed(tx *store.Tx) bool { return bytes.Equal(tx.Get(bucketIndexed, indexedTo), indexedAll) }

// InIndex tells whether the index leads from what was answered with a record
// to that record.
func InIndex(tx *store.Tx, credential string, sequence uint64) bool {
	return bytes.Equal(tx.Get(bucketIndex, indexKey(sequence/indexRun, IndexHash(credential))), number(sequence))
}

// Index yields the entries of the index.
func Index(tx *store.Tx) iter.Seq[IndexEntry] {
	return func(yield func(IndexEntry) bool) {
		for key, value := range tx.All(bucketIndex) {
			e := IndexEntry{Astray: len(key) != 24 || len(value) != 8}
			if !e.Astray {
				e.Hash, e.Sequence = [16]byte(key[8:]), binary.BigEndian.Uint64(value)
				e.Astray = binary.BigEndian.Uint64(key) != e.Sequence/indexRun
			}
			if !yield(e) {
				return
			}
		}
	}
}

// Lookup returns the number of the record with which a credential was answered,
// by the index alone: a service can answer strangers with it. It returns
// [ErrDamaged] if the index leads to another record.
func Lookup(tx *store.Tx, credential string) (sequence uint64, found bool, err error) {
	size, err := Size(tx)
	if err != nil || size == 0 {
		return 0, false, err
	}
	hash := IndexHash(credential)
	for run := int64((size - 1) / indexRun); run >= 0; run-- {
		value := tx.Get(bucketIndex, indexKey(uint64(run), hash))
		if len(value) != 8 {
			continue
		}
		sequence := binary.BigEndian.Uint64(value)
		if err := answers(tx, sequence, credential); err != nil {
			return 0, false, err
		}
		return sequence, true, nil
	}
	return 0, false, nil
}

// answers returns an error unless credential was answered with a record. One
// that was moved out of the log has to be believed.
func answers(tx *store.Tx, sequence uint64, credential string) error {
	data := tx.Get(bucketRecords, number(sequence))
	if data == nil {
		return nil
	}
	record, err := logproof.Decode(data)
	if err != nil {
		return damaged(sequence, err.Error())
	}
	if record.Kind != logproof.Answered || record.Credential != credential {
		return damaged(sequence, "the index has it for a credential that it does not answer with")
	}
	return nil
}

// Find returns the number of the record with which a credential was answered.
// What the index does not have, or has wrong, it searches the whole log for,
// so that nobody hides a record by the index.
func Find(tx *store.Tx, credential string) (sequence uint64, found bool) {
	if sequence, found, err := Lookup(tx, credential); found && err == nil {
		return sequence, true
	}
	for key, data := range tx.All(bucketRecords) {
		if len(key) != 8 || !bytes.Contains(data, []byte(credential)) {
			continue
		}
		record, err := logproof.Decode(data)
		if err == nil && record.Kind == logproof.Answered && record.Credential == credential {
			return record.Sequence, true
		}
	}
	return 0, false
}
