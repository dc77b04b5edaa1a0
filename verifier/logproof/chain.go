package logproof

import (
	"fmt"
	"iter"
)

// Finding is something wrong with the log, at one record.
type Finding struct {
	Sequence uint64 `json:"sequence"`
	Problem  string `json:"problem"`
}

func (f Finding) String() string { return fmt.Sprintf("record %d: %s", f.Sequence, f.Problem) }

// Result is what a walk over a log found.
type Result struct {
	Size     uint64       `json:"size"` // number of the last record, plus one
	Head     Hash         `json:"-"`
	Kinds    map[Kind]int `json:"kinds"`
	Findings []Finding    `json:"findings"`
}

// Walk reads the records of a log in order, as pairs of number and bytes, and
// holds them against each other and against checkpoints. Each record that can
// be read is given to visit, which may be nil.
func Walk(records iter.Seq2[uint64, []byte], checkpoints []Checkpoint, visit func(Record)) *Result {
	w := walk{result: Result{Kinds: map[Kind]int{}}, checkpoints: checkpoints, visit: visit, named: map[uint64]bool{}}
	for number, data := range records {
		w.add(number, data)
	}
	w.endRun(false)
	for _, c := range checkpoints {
		if c.Size > w.result.Size {
			w.found(w.result.Size, fmt.Sprintf("cut off: the checkpoint covers records up to %d, the log ends before record %d", c.Size-1, w.result.Size))
		}
	}
	return &w.result
}

type walk struct {
	result      Result
	checkpoints []Checkpoint
	visit       func(Record)
	named       map[uint64]bool // records that have a finding
	// broken counts the links, up to the last record, that do not fit.
	broken uint64
}

// found keeps the first finding about a record: what follows from it would
// only repeat it.
func (w *walk) found(number uint64, problem string) {
	if w.named[number] {
		return
	}
	w.named[number] = true
	w.result.Findings = append(w.result.Findings, Finding{number, problem})
}

func (w *walk) add(number uint64, data []byte) {
	switch next := w.result.Size; {
	case number < next:
		w.found(number, fmt.Sprintf("out of order: it stands in the log again, after record %d", next-1))
		return
	case number > next:
		w.endRun(false)
		w.found(next, fmt.Sprintf("missing: the next record in the log is %d", number))
	}
	record, err := Decode(data)
	switch {
	case err != nil:
		w.endRun(false)
		w.found(number, "altered: "+err.Error())
	case record.Sequence != number:
		w.endRun(false)
		w.found(number, fmt.Sprintf("altered: it is in place %d and says that it is %d", number, record.Sequence))
	default:
		w.link(number, record)
		w.result.Kinds[record.Kind]++
		if w.visit != nil {
			w.visit(record)
		}
	}
	w.result.Size, w.result.Head = number+1, HashOf(data)
	w.compare()
}

// link holds the record against the hash of the one before it.
func (w *walk) link(number uint64, record Record) {
	want := ""
	if number > 0 {
		want = w.result.Head.String()
	}
	if record.Previous == want || number != w.result.Size {
		w.endRun(true)
		return
	}
	w.broken++
}

// endRun names the altered records of a run of broken links that ends at the
// last record. One broken link is a record whose content changed after the
// next one named it. In a longer run each record but the first has a changed
// link of its own. That the record after the run fits is what tells a changed
// record from a changed link; without that witness it may be either.
func (w *walk) endRun(witness bool) {
	end, n := w.result.Size, w.broken
	w.broken = 0
	switch {
	case n == 0:
	case n == 1 && end == 1:
		w.found(0, "altered: the first record names one before it")
	case n == 1 && w.named[end-1]: // a checkpoint has named it, which explains the link
	case n == 1 && witness:
		w.found(end-2, "altered: the record after it names another hash")
	case n == 1:
		w.found(end-2, "altered, it or the record after it, which names another hash")
	default:
		for number := end - n; number < end-1; number++ {
			w.found(number, "altered: it does not fit its neighbours")
		}
	}
}

// compare holds the head against the checkpoints of this size.
func (w *walk) compare() {
	for _, c := range w.checkpoints {
		if c.Size == w.result.Size && c.Head != w.result.Head {
			w.found(c.Size-1, fmt.Sprintf("altered, it or a record before it: the checkpoint of %d records names another hash", c.Size))
		}
	}
}
