package issuancelog

import (
	"bytes"
	"encoding/binary"
	"iter"

	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// Records yields the records of a log in order, as number and bytes.
func Records(tx *store.Tx) iter.Seq2[uint64, []byte] {
	return func(yield func(uint64, []byte) bool) {
		for key, data := range tx.All(bucketRecords) {
			if len(key) == 8 && !yield(binary.BigEndian.Uint64(key), copyOf(data)) {
				return
			}
		}
	}
}

// Entries yields what a log has of each record, in order: the record, its leaf
// or both.
func Entries(tx *store.Tx) iter.Seq[logproof.Entry] {
	return func(yield func(logproof.Entry) bool) {
		for key, values := range tx.Both(bucketRecords, bucketLeaves) {
			if len(key) != 8 {
				continue
			}
			entry := logproof.Entry{Number: binary.BigEndian.Uint64(key), Record: copyOf(values[0]), Leaf: copyOf(values[1])}
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
		return logproof.Opening{}, damaged(sequence, "it is missing")
	}
	return logproof.Opening{Salt: leaf.Salt, Record: record}, nil
}

// Find returns the number of the record with which a credential was answered.
func Find(tx *store.Tx, credential string) (sequence uint64, found bool) {
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
