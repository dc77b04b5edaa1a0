package logproof

import (
	"iter"
	"runtime"
)

// Entry is what a log keeps of one record. One of the two can be missing. What
// an iterator yields of them has to be good until the next one only.
type Entry struct {
	Number uint64
	Record []byte
	Leaf   []byte // as [Leaf.Encode] writes it
	// Sealed tells that the record was moved out, and that its leaf has its
	// commitment where the salt was. If Record is there, it comes with its Salt
	// from where both were moved to.
	Sealed bool
	Salt   Salt
}

// batchEntries is how many entries one worker reads at a time.
const batchEntries = 256

// reading is an entry, and what can be told of it by itself.
type reading struct {
	Entry
	record    Record
	recordErr error
	hash      Hash // of the record
	leaf      Leaf
	leafErr   error
	leafHash  Hash // of the record and the salt
}

func (r *reading) read(withTree bool) {
	r.record = Record{}
	r.recordErr = r.record.decode(r.Record)
	r.hash = HashOf(r.Record)
	if !withTree || r.Leaf == nil {
		return
	}
	if r.leafErr = r.leaf.decode(r.Number, r.Leaf); r.leafErr != nil {
		return
	}
	switch {
	case r.Sealed:
		r.readSealed()
	case r.Record != nil:
		r.leafHash = LeafHash(r.commitment(r.leaf.Salt))
	}
}

// commitment returns the leaf of the record; what is none has that of the oldest
// format.
func (r *reading) commitment(salt Salt) Hash {
	if r.recordErr != nil {
		return (&Record{}).Commitment(salt, r.Record)
	}
	return r.record.Commitment(salt, r.Record)
}

// batch is a run of entries that one worker reads. It is used again, and has
// their bytes, so that nothing is allocated for most of them.
type batch struct {
	readings [batchEntries]reading
	count    int
	bytes    []byte
	done     chan struct{}
}

// add adds an entry, and tells whether the batch is full. A damaged file can
// make a fault of reading its bytes, which is the caller's to meet; so they are
// read here, and not by the worker.
func (b *batch) add(e Entry) (full bool) {
	e.Record, e.Leaf = b.hold(e.Record), b.hold(e.Leaf)
	b.readings[b.count].Entry = e
	b.count++
	return b.count == batchEntries
}

// hold returns a copy of data, and nil of nil.
func (b *batch) hold(data []byte) []byte {
	if data == nil {
		return nil
	}
	from := len(b.bytes)
	b.bytes = append(b.bytes, data...) // what was held before stays good where it was
	return b.bytes[from:len(b.bytes):len(b.bytes)]
}

func (b *batch) read(withTree bool) {
	for i := range b.count {
		b.readings[i].read(withTree)
	}
	b.done <- struct{}{}
}

// inParallel reads entries on all processors and gives them to take in their
// order. The entries are taken from the iterator, and given to take, by the
// caller's goroutine alone.
func inParallel(entries iter.Seq[Entry], withTree bool, take func(*reading)) {
	q := queue{take: take}
	workers, current := runtime.GOMAXPROCS(0), q.empty()
	for entry := range entries {
		if current.add(entry) {
			go current.read(withTree)
			q.pending = append(q.pending, current)
			q.drain(workers)
			current = q.empty()
		}
	}
	go current.read(withTree)
	q.pending = append(q.pending, current)
	q.drain(0)
}

// queue has the batches that are being read, in order, and those to use again.
type queue struct {
	pending, free []*batch
	take          func(*reading)
}

func (q *queue) empty() *batch {
	if len(q.free) == 0 {
		return &batch{bytes: []byte{}, done: make(chan struct{}, 1)}
	}
	last := len(q.free) - 1
	b := q.free[last]
	q.free = q.free[:last]
	return b
}

// drain takes batches until no more than so many are pending.
func (q *queue) drain(until int) {
	for len(q.pending) > until {
		b := q.pending[0]
		<-b.done
		for i := range b.count {
			q.take(&b.readings[i])
		}
		b.count, b.bytes = 0, b.bytes[:0]
		q.pending, q.free = q.pending[1:], append(q.free, b)
	}
}
