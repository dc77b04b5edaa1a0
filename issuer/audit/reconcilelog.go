package audit

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/status"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// progressAfter is after how many records progress is told of.
const progressAfter = 4096

// formatIndexed is the first format of records that are indexed when they are
// written.
const formatIndexed = 3

// readLog holds each record against the state, and gathers what the state is
// held against later.
func (r *reconciler) readLog(ctx context.Context) error {
	start, err := r.start()
	if err != nil {
		return err
	}
	records := func(yield func(uint64, []byte) bool) {
		for number, data := range recordsOf(r.tx, r.s.Archive) {
			if number%progressAfter == 0 {
				if ctx.Err() != nil {
					return
				}
				r.progress(number)
			}
			if !yield(number, data) {
				return
			}
		}
	}
	result := logproof.WalkFrom(start, records, nil, r.take)
	for _, f := range result.Findings {
		r.found(Difference{Record: &f.Sequence, Problem: f.Problem})
	}
	r.figures.Records = result.Size
	r.progress(result.Size)
	slices.Sort(r.answers)
	slices.Sort(r.changed)
	return cmp.Or(ctx.Err(), archiveErr(r.s.Archive))
}

// start returns where the records begin that are read. What was answered before
// is known by the index.
func (r *reconciler) start() (logproof.Checkpoint, error) {
	start, err := startOf(r.tx, r.s.Archive)
	r.figures.Sealed = start.Size
	if err != nil || start.Size == 0 {
		return start, err
	}
	for e := range issuancelog.Index(r.tx) {
		if e.Sequence < start.Size && !e.Astray {
			r.sealed = append(r.sealed, binary.BigEndian.Uint64(e.Hash[:]))
		}
	}
	slices.Sort(r.sealed)
	return start, nil
}

func (r *reconciler) progress(records uint64) {
	if r.s.Progress != nil {
		r.s.Progress(records)
	}
}

func (r *reconciler) take(record logproof.Record) {
	if record.Kind == logproof.Asked {
		r.figures.Questions++
		r.open.put(record.Sequence, true)
	}
	if record.Question != nil && *record.Question >= r.figures.Sealed && !r.open.put(*record.Question, false) {
		r.found(about(record, fmt.Sprintf("it ends question %d, which has an end already or is no question", *record.Question)))
	}
	switch record.Kind {
	case logproof.Answered:
		r.takeAnswer(record)
	case logproof.StatusChanged:
		r.takeChange(record)
	}
}

func (r *reconciler) takeAnswer(record logproof.Record) {
	r.figures.Answers++
	if record.Question == nil {
		r.found(about(record, "it answers no question"))
	}
	r.takeFile(record)
	if record.Credential == "" {
		return // of the data model 1.1, without a status: it has no name here
	}
	r.answers = append(r.answers, short(record.Credential))
	if r.indexed || record.Format >= formatIndexed {
		if issuancelog.InIndex(r.tx, record.Credential, record.Sequence) {
			r.matched++
		} else {
			r.found(about(record, "the index does not lead to it"))
		}
	}
	r.takePlace(record)
}

// takePlace holds the place that an answer names against what the state has of
// its credential.
func (r *reconciler) takePlace(record logproof.Record) {
	entry, err := status.Find(r.tx, record.Credential)
	if record.StatusList == "" && record.StatusIndex == nil {
		if err == nil {
			r.found(about(record, "it names no place in a status list, and the state has "+placeName(entry.Place)+" for it"))
		}
		return
	}
	r.figures.Credentials++
	place, ok := placeOf(record)
	switch {
	case !ok:
		r.found(about(record, "the place in a status list that it names is none"))
	case err != nil:
		r.found(about(record, "the state does not have its credential, or nothing that can be read"))
	case entry.Place != place:
		r.found(about(record, "it names "+placeName(place)+", and the state has "+placeName(entry.Place)+" for its credential"))
	case entry.Profile != record.Profile || entry.Subject != record.Subject:
		r.found(about(record, "the state has its credential for another profile or another subject"))
	case status.At(r.tx, place) == "":
		r.found(about(record, "in the state, "+placeName(place)+" is free"))
	case status.At(r.tx, place) != record.Credential:
		r.found(about(record, "in the state, "+placeName(place)+" is that of "+status.At(r.tx, place)))
	}
}

// takeChange holds a revocation against the state.
func (r *reconciler) takeChange(record logproof.Record) {
	r.figures.Revoked++
	place, ok := placeOf(record)
	if !ok {
		r.found(about(record, "the place in a status list that it names is none"))
		return
	}
	r.changed = append(r.changed, place.Key())
	if entry, err := status.Find(r.tx, record.Credential); err != nil {
		r.found(about(record, "it revokes a credential that the state does not have"))
	} else if entry.Place != place {
		r.found(about(record, "it revokes "+placeName(place)+", and the state has "+placeName(entry.Place)+" for its credential"))
	}
	if _, revoked := status.RevokedAt(r.tx, place); !revoked {
		r.found(about(record, "it revokes "+placeName(place)+", which is not revoked in the state"))
	}
}

// findTwice names what was answered or revoked a second time. It reads the log
// again only if something was.
func (r *reconciler) findTwice(context.Context) error {
	answers, changed := twice(r.answers), twice(r.changed)
	if len(answers)+len(changed) == 0 {
		return nil
	}
	answered, revoked := map[string]uint64{}, map[uint64]uint64{}
	for _, data := range recordsOf(r.tx, r.s.Archive) {
		record, err := logproof.Decode(data)
		switch {
		case err != nil:
		case record.Kind == logproof.Answered && answers.has(short(record.Credential)):
			name(r, record, answered, record.Credential, "its credential was answered with before, in record %d")
		case record.Kind == logproof.StatusChanged:
			if place, ok := placeOf(record); ok && changed.has(place.Key()) {
				name(r, record, revoked, place.Key(), "its place was revoked before, in record %d")
			}
		}
	}
	return nil
}

// twice returns what is in a sorted set more than once.
func twice(all set) (more set) {
	for i := 1; i < len(all); i++ {
		if all[i] == all[i-1] {
			more = append(more, all[i])
		}
	}
	return more
}

// name names a record unless it is the first one of what it is about.
func name[K comparable](r *reconciler, record logproof.Record, first map[K]uint64, what K, problem string) {
	if before, again := first[what]; again {
		r.found(about(record, fmt.Sprintf(problem, before)))
		return
	}
	first[what] = record.Sequence
}
