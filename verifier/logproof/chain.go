package logproof

import (
	"fmt"
	"iter"
	"maps"
	"slices"
)

// Finding is something wrong with the log, at one record.
type Finding struct {
	Sequence uint64 `json:"sequence"`
	Problem  string `json:"problem"`
}

func (f Finding) String() string { return fmt.Sprintf("record %d: %s", f.Sequence, f.Problem) }

// Result is what a walk over a log found.
type Result struct {
	Size     uint64       `json:"size"`            // number of the last record, plus one
	Leaves   uint64       `json:"leaves"`          // number of records with a leaf in the tree
	Sealed   uint64       `json:"sealed,omitzero"` // number of records that were moved out, and are known by their leaves alone
	Head     Hash         `json:"-"`
	Root     Hash         `json:"-"` // of the tree; all zeros if it is not known
	Kinds    map[Kind]int `json:"kinds"`
	Findings []Finding    `json:"findings"`
}

// Walk reads the records of a log in order, as pairs of number and bytes, and
// holds them against each other and against checkpoints. Each record that can
// be read is given to visit, which may be nil. It does not look at the tree.
func Walk(records iter.Seq2[uint64, []byte], checkpoints []Checkpoint, visit func(Record)) *Result {
	return WalkFrom(Checkpoint{}, records, checkpoints, visit)
}

// WalkFrom does what [Walk] does with a log of which the records up to start
// were moved out.
func WalkFrom(start Checkpoint, records iter.Seq2[uint64, []byte], checkpoints []Checkpoint, visit func(Record)) *Result {
	w := newWalk(start, checkpoints, visit)
	inParallel(func(yield func(Entry) bool) {
		for number, data := range records {
			if !yield(Entry{Number: number, Record: notNil(data)}) {
				return
			}
		}
	}, false, w.take)
	return w.end()
}

// WalkTree does what [Walk] does, and also holds the records against the
// leaves of the tree, the tree against its leaves, and its root against the
// checkpoints.
func WalkTree(entries iter.Seq[Entry], checkpoints []Checkpoint, visit func(Record)) *Result {
	return WalkTreeFrom(Checkpoint{}, entries, checkpoints, visit)
}

// WalkTreeFrom does what [WalkTree] does with a log of which the records up to
// start were moved out. Their leaves are among the entries.
func WalkTreeFrom(start Checkpoint, entries iter.Seq[Entry], checkpoints []Checkpoint, visit func(Record)) *Result {
	w := newWalk(start, checkpoints, visit)
	w.leaves = &leaves{}
	for _, c := range w.checkpoints[0] {
		w.compareEmpty(c)
	}
	inParallel(entries, true, w.take)
	return w.end()
}

func notNil(data []byte) []byte {
	if data == nil {
		return []byte{}
	}
	return data
}

type walk struct {
	result      Result
	checkpoints map[uint64][]Checkpoint
	visit       func(Record)
	leaves      *leaves         // nil if the tree is not looked at
	named       map[uint64]bool // records that have a finding
	// broken counts the links, up to the last record, that do not fit.
	broken uint64
	time   string // of the last record that could be read
	sealed sealed
}

func newWalk(start Checkpoint, checkpoints []Checkpoint, visit func(Record)) *walk {
	w := &walk{result: Result{Kinds: map[Kind]int{}}, checkpoints: map[uint64][]Checkpoint{}, visit: visit, named: map[uint64]bool{}}
	w.result.Size, w.result.Head, w.result.Sealed, w.sealed.start = start.Size, start.Head, start.Size, start
	for _, c := range checkpoints {
		w.checkpoints[c.Size] = append(w.checkpoints[c.Size], c)
	}
	return w
}

// end finds what only the end of the log shows.
func (w *walk) end() *Result {
	w.endRun(false)
	w.endSealed()
	size := w.result.Size
	for _, covered := range slices.Sorted(maps.Keys(w.checkpoints)) {
		if covered > size {
			w.found(size, fmt.Sprintf("cut off: the checkpoint covers records up to %d, the log ends before record %d", covered-1, size))
		}
	}
	w.endTree()
	return &w.result
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

// take takes the next entry.
func (w *walk) take(r *reading) {
	if r.Record == nil {
		w.takeSealed(r)
		w.takeLeaf(r)
		w.compareSealed(r)
		return
	}
	switch next := w.result.Size; {
	case r.Number < next:
		w.found(r.Number, fmt.Sprintf("out of order: it stands in the log again, after record %d", next-1))
		return
	case r.Number > next:
		w.endRun(false)
		w.found(next, fmt.Sprintf("missing: the next record in the log is %d", r.Number))
	}
	switch {
	case r.recordErr != nil:
		w.endRun(false)
		w.found(r.Number, "altered: "+r.recordErr.Error())
	case r.record.Sequence != r.Number:
		w.endRun(false)
		w.found(r.Number, fmt.Sprintf("altered: it is in place %d and says that it is %d", r.Number, r.record.Sequence))
	default:
		w.link(r.Number, r.record)
		w.time = r.record.Time
		w.sealed.hear(r.record)
		w.result.Kinds[r.record.Kind]++
		if w.visit != nil {
			w.visit(r.record)
		}
	}
	w.result.Size, w.result.Head = r.Number+1, r.hash
	w.takeLeaf(r)
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
		if record.Previous == want && number > 0 && earlier(record.Time, w.time) {
			w.found(number, fmt.Sprintf("earlier than the record before it: %s, after %s", record.Time, w.time))
		}
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

// compare holds head and root against the checkpoints of this size.
func (w *walk) compare() {
	for _, c := range w.checkpoints[w.result.Size] {
		if c.Head != w.result.Head {
			w.found(c.Size-1, fmt.Sprintf("altered, it or a record before it: the checkpoint of %d records names another hash", c.Size))
		}
		w.compareRoot(c)
	}
}
