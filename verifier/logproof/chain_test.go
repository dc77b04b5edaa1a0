package logproof_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/verifier/logproof"
)

const length = 30

func TestWholeLog(t *testing.T) {
	log := chain(t, length)
	var seen []uint64
	result := logproof.Walk(records(log), []logproof.Checkpoint{checkpointOf(log, 10), checkpointOf(log, length)}, func(r logproof.Record) {
		seen = append(seen, r.Sequence)
	})
	if len(result.Findings) != 0 || result.Size != length || result.Head != logproof.HashOf(log[length-1].data) || len(seen) != length {
		t.Errorf("got %+v, and %d seen", result, len(seen))
	}
	want := map[logproof.Kind]int{logproof.Asked: 8, logproof.Answered: 8, logproof.StatusChanged: 7, logproof.Refused: 7}
	if diff := cmp.Diff(want, result.Kinds); diff != "" {
		t.Error(diff)
	}
	empty := logproof.Walk(records(nil), nil, nil)
	if empty.Size != 0 || len(empty.Findings) != 0 {
		t.Errorf("an empty log: %+v", empty)
	}
}

// TestEachFlippedBit finds each flipped bit, and names the record that it is
// in and no other.
func TestEachFlippedBit(t *testing.T) {
	log := chain(t, length)
	eachFlip(t, log, []logproof.Checkpoint{checkpointOf(log, length/2), checkpointOf(log, length)})
}

// TestFlippedBitsWithoutCheckpoint: then only what follows a record vouches
// for it. The last has nothing that does, and the link between the last two
// can be the fault of either.
func TestFlippedBitsWithoutCheckpoint(t *testing.T) {
	log := chain(t, length)
	eachFlip(t, log, nil)
	altered := replaced(log, length-1, bytes.Replace(log[length-1].data, []byte(`"previous":"`), []byte(`"previous":"A`), 1))
	result := logproof.Walk(records(altered), nil, nil)
	if len(result.Findings) != 1 || !strings.Contains(result.Findings[0].String(), "it or the record after it") {
		t.Errorf("got %v", result.Findings)
	}
}

// eachFlip flips each bit of each record; in short mode, and without a
// checkpoint, a sample of them. Without one it leaves the last record alone.
func eachFlip(t *testing.T, log []entry, checkpoints []logproof.Checkpoint) {
	t.Helper()
	var workers sync.WaitGroup
	for i, e := range log[:len(log)-1+min(len(checkpoints), 1)] {
		workers.Go(func() {
			for bit := range len(e.data) * 8 {
				if (testing.Short() || checkpoints == nil) && bit%23 != 0 {
					continue
				}
				data := bytes.Clone(e.data)
				data[bit/8] ^= 1 << (bit % 8)
				if got := named(replaced(log, i, data), checkpoints...); !slices.Equal(got, []uint64{uint64(i)}) {
					t.Errorf("bit %d of record %d: found %v: %s", bit, i, got, data)
				}
			}
		})
	}
	workers.Wait()
}

// TestEachRecord does to each record what somebody who can write the log can.
func TestEachRecord(t *testing.T) {
	log := chain(t, length)
	whole := checkpointOf(log, length)
	for i := range length {
		rest := func(from int) []entry { return slices.Clone(log[from:]) }
		numbers := func(n ...uint64) []uint64 { return n }
		for name, c := range map[string]struct {
			log   []entry
			first uint64   // the record that must be named first
			all   []uint64 // or exactly these
		}{
			"dropped":                  {slices.Concat(log[:i], rest(i+1)), uint64(i), numbers(uint64(i))},
			"dropped and renumbered":   {renumbered(slices.Concat(log[:i], rest(i+1))), uint64(i), nil},
			"doubled":                  {slices.Concat(log[:i+1], rest(i)), uint64(i), numbers(uint64(i))},
			"doubled and renumbered":   {renumbered(slices.Concat(log[:i+1], rest(i))), uint64(i + 1), nil},
			"moved to the end":         {slices.Concat(log[:i], log[i+1:], log[i:i+1]), uint64(i), numbers(uint64(i))},
			"emptied":                  {replaced(log, i, nil), uint64(i), numbers(uint64(i))},
			"made another":             {replaced(log, i, log[(i+1)%length].data), uint64(i), numbers(uint64(i))},
			"made too large":           {replaced(log, i, bytes.Repeat([]byte("x"), logproof.MaxRecordBytes+1)), uint64(i), numbers(uint64(i))},
			"spaced":                   {replaced(log, i, append([]byte(" "), log[i].data...)), uint64(i), numbers(uint64(i))},
			"given a member":           {replaced(log, i, bytes.Replace(log[i].data, []byte("{"), []byte(`{"a":1,`), 1)), uint64(i), numbers(uint64(i))},
			"altered":                  {replaced(log, i, bytes.Replace(log[i].data, []byte("counter"), []byte("counteR"), 1)), uint64(i), numbers(uint64(i))},
			"unlinked":                 {replaced(log, i, bytes.Replace(log[i].data, []byte(`"previous":"`), []byte(`"previous":"A`), 1)), uint64(i), numbers(uint64(i))},
			"altered and unlinked":     {replaced(log, i, bytes.Replace(bytes.Replace(log[i].data, []byte("counter"), []byte("counteR"), 1), []byte(`"previous":"`), []byte(`"previous":"A`), 1)), uint64(i), numbers(uint64(i))},
			"cut off, it and the rest": {log[:i], uint64(i), numbers(uint64(i))},
			"cut off, those before":    {rest(i + 1), 0, numbers(0)},
			"renumbered after a cut":   {renumbered(rest(i + 1)), 0, nil},
		} {
			if i == length-1 && name == "moved to the end" {
				continue // where it is
			}
			got := named(c.log, whole)
			if len(got) == 0 || got[0] != c.first || (c.all != nil && !slices.Equal(got, c.all)) {
				t.Errorf("record %d %s: found %v, want %d of %v", i, name, got, c.first, c.all)
			}
		}
	}
}

func replaced(log []entry, i int, data []byte) []entry {
	altered := slices.Clone(log)
	altered[i].data = data
	return altered
}

// TestRewritten alters a record and makes all that follow fit. Only the
// checkpoints tell: the first of them that covers the record.
func TestRewritten(t *testing.T) {
	log := chain(t, length)
	tenth, twentieth, whole := checkpointOf(log, 10), checkpointOf(log, 20), checkpointOf(log, length)
	for i := range length {
		altered := replaced(log, i, bytes.Replace(log[i].data, []byte("counter"), []byte("counteR"), 1))
		altered = rechained(t, altered, i+1)
		if got := named(altered); got != nil {
			t.Fatalf("record %d: the chain is not whole: %v", i, got)
		}
		want := []uint64{9, 19, 29}[i/10:]
		if got := named(altered, twentieth, whole, tenth); !slices.Equal(got, want) {
			t.Errorf("record %d: found %v, want %v", i, got, want)
		}
	}
	for i := range length - 1 {
		dropped := rechained(t, slices.Concat(log[:i], log[i+1:]), i)
		if got := named(dropped, whole); !slices.Equal(got, []uint64{length - 1}) {
			t.Errorf("record %d dropped: found %v", i, got)
		}
	}
}

// TestTwoAltered names both of two altered records that are apart.
func TestTwoAltered(t *testing.T) {
	log := chain(t, length)
	for _, old := range []string{"counter", `"previous":"`} {
		for i := range length - 3 {
			for j := i + 3; j < length; j++ {
				altered := slices.Clone(log)
				for _, n := range []int{i, j} {
					altered[n].data = bytes.Replace(log[n].data, []byte(old), []byte(old[:len(old)-1]+"x"+old[len(old)-1:]), 1)
				}
				if got := named(altered, checkpointOf(log, length)); !slices.Equal(got, []uint64{uint64(i), uint64(j)}) {
					t.Fatalf("%s in %d and %d: found %v", old, i, j, got)
				}
			}
		}
	}
}

// TestSwapped exchanges two records.
func TestSwapped(t *testing.T) {
	log := chain(t, length)
	for i := range length - 1 {
		for j := i + 1; j < length; j++ {
			altered := slices.Clone(log)
			altered[i].data, altered[j].data = altered[j].data, altered[i].data
			got := named(altered, checkpointOf(log, length))
			if !slices.Contains(got, uint64(i)) || !slices.Contains(got, uint64(j)) || len(got) != 2 {
				t.Fatalf("%d and %d: found %v", i, j, got)
			}
		}
	}
}

func TestForeignHead(t *testing.T) {
	log := chain(t, length)
	record, err := logproof.Decode(log[0].data)
	if err != nil {
		t.Fatal(err)
	}
	record.Previous = logproof.HashOf(log[5].data).String()
	data, err := logproof.Encode(record)
	if err != nil {
		t.Fatal(err)
	}
	result := logproof.Walk(records(rechained(t, replaced(log, 0, data), 1)), nil, nil)
	if want := "[record 0: altered: the first record names one before it]"; fmt.Sprint(result.Findings) != want {
		t.Errorf("got %v, want %s", result.Findings, want)
	}
}
