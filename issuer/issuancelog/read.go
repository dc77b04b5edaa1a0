package issuancelog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"

	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// Records yields the records of a log in order, as number and bytes. Those that
// were moved out are not among them; see [Start] and [WholeRecords].
func Records(tx *store.Tx) iter.Seq2[uint64, []byte] {
	return func(yield func(uint64, []byte) bool) {
		for key, data := range tx.All(bucketRecords) {
			if len(key) == 8 && !yield(binary.BigEndian.Uint64(key), copyOf(data)) {
				return
			}
		}
	}
}

// RecordsFrom yields the records from a number on, in order.
func RecordsFrom(tx *store.Tx, sequence uint64) iter.Seq2[uint64, []byte] {
	return func(yield func(uint64, []byte) bool) {
		for key, data := range tx.From(bucketRecords, number(sequence)) {
			if len(key) == 8 && !yield(binary.BigEndian.Uint64(key), copyOf(data)) {
				return
			}
		}
	}
}

// Entries yields what a log has of each record, in order: the record, its leaf
// or both. They are only good until the next one.
func Entries(tx *store.Tx) iter.Seq[logproof.Entry] {
	return func(yield func(logproof.Entry) bool) {
		sealed, _ := SealedSize(tx) // what cannot be read is nothing, and then records are missing
		for key, values := range tx.Both(bucketRecords, bucketLeaves) {
			if len(key) != 8 {
				continue
			}
			entry := logproof.Entry{Number: binary.BigEndian.Uint64(key), Record: values[0], Leaf: values[1]}
			entry.Sealed = entry.Number < sealed && entry.Record == nil
			if !yield(entry) {
				return
			}
		}
	}
}

// copyOf returns a copy of data that stays good, and nil of nil.
func copyOf(data []byte) []byte {
	if data == nil {
		return nil
	}
	return append([]byte{}, data...)
}

// Opening returns a record and its salt.
func Opening(tx *store.Tx, sequence uint64) (logproof.Opening, error) {
	leaf, err := leafOf(tx, sequence)
	if err != nil {
		return logproof.Opening{}, err
	}
	record := tx.Get(bucketRecords, number(sequence))
	if record == nil {
		if sealed, err := SealedSize(tx); err != nil || sequence < sealed {
			return logproof.Opening{}, errors.Join(err, fmt.Errorf("record %d: %w", sequence, ErrSealed))
		}
		return logproof.Opening{}, damaged(sequence, "it is missing")
	}
	return logproof.Opening{Salt: leaf.Salt, Record: record}, nil
}

// OpenQuestions yields the questions that are kept as having no end yet.
func OpenQuestions(tx *store.Tx) iter.Seq[uint64] {
	return func(yield func(uint64) bool) {
		for key := range tx.All(bucketOpen) {
			if len(key) == 8 && !yield(binary.BigEndian.Uint64(key)) {
				return
			}
		}
	}
}
