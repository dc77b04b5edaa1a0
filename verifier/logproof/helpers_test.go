package logproof_test

import (
	"iter"
	"slices"
	"testing"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

const origin = "registry.example/log"

// entry is a record as a log keeps it.
type entry struct {
	number uint64
	data   []byte
}

// chain returns a log of n records, each naming the one before it.
func chain(t testing.TB, n int) []entry {
	t.Helper()
	kinds := []logproof.Kind{logproof.Asked, logproof.Answered, logproof.StatusChanged, logproof.Refused}
	var log []entry
	previous := ""
	for i := range uint64(n) {
		data, err := logproof.Encode(logproof.Record{
			Format: logproof.Format, Sequence: i, Time: "2026-07-01T12:00:00Z", Previous: previous, Kind: kinds[i%4],
			Caller: "counter",
		})
		if err != nil {
			t.Fatal(err)
		}
		log = append(log, entry{i, data})
		previous = logproof.HashOf(data).String()
	}
	return log
}

func records(log []entry) iter.Seq2[uint64, []byte] {
	return func(yield func(uint64, []byte) bool) {
		for _, e := range log {
			if !yield(e.number, e.data) {
				return
			}
		}
	}
}

// checkpointOf returns the checkpoint of the first n records.
func checkpointOf(log []entry, n int) logproof.Checkpoint {
	return logproof.Checkpoint{Origin: origin, Size: uint64(n), Head: logproof.HashOf(log[n-1].data), Root: logproof.HashOf([]byte("root"))}
}

// named returns the numbers of the records that a walk finds fault with.
func named(log []entry, checkpoints ...logproof.Checkpoint) []uint64 {
	var numbers []uint64
	for _, f := range logproof.Walk(records(log), checkpoints, nil).Findings {
		numbers = append(numbers, f.Sequence)
	}
	slices.Sort(numbers)
	return numbers
}

// renumbered returns log with each record in the next place.
func renumbered(log []entry) []entry {
	next := slices.Clone(log)
	for i := range next {
		next[i].number = uint64(i)
	}
	return next
}

// rechained returns log with each record from number on naming the one before
// it anew, as somebody who can write the log, but not sign, would do it.
func rechained(t testing.TB, log []entry, number int) []entry {
	t.Helper()
	next := slices.Clone(log)
	previous := ""
	if number > 0 {
		previous = logproof.HashOf(next[number-1].data).String()
	}
	for i := number; i < len(next); i++ {
		record, err := logproof.Decode(next[i].data)
		if err != nil {
			t.Fatal(err)
		}
		record.Sequence, record.Previous = uint64(i), previous
		if next[i].data, err = logproof.Encode(record); err != nil {
			t.Fatal(err)
		}
		next[i].number = uint64(i)
		previous = logproof.HashOf(next[i].data).String()
	}
	return next
}

var key = credtest.Key("log")
