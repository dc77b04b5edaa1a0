package audit

import (
	"context"
	"errors"

	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/status"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// checkQuestions holds the questions without an end against those that are
// kept as open.
func (r *reconciler) checkQuestions(context.Context) error {
	for n := range issuancelog.OpenQuestions(r.tx) {
		if !r.open.put(n, false) {
			r.found(Difference{Record: &n, Problem: "it is kept as a question that is open, and is none or has an end"})
		}
	}
	for n := range r.open.all {
		r.found(Difference{Record: &n, Problem: "it is a question without an end, and is not kept as open"})
	}
	return nil
}

// checkEntries names the credentials of the state that were never answered
// with, and those that their record does not lead to.
func (r *reconciler) checkEntries(ctx context.Context) error {
	var entries, subjects uint64
	for id, entry := range status.Entries(r.tx) {
		switch {
		case entry == nil:
			r.found(Difference{Credential: id, Problem: "what the state has of it cannot be read, or is another's"})
			continue
		case r.sealed.has(short(id)):
			r.figures.Believed++
		case !r.answers.has(short(id)):
			r.found(Difference{Credential: id, Place: &entry.Place, Problem: "the state has it, and no record of the log answers with it"})
		case !status.BySubjectOf(r.tx, *entry):
			r.found(Difference{Credential: id, Place: &entry.Place, Problem: "it is not found by its subject, so that revoking by records would miss it"})
		}
		if entries++; entries%progressAfter == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
	for range status.Subjects(r.tx) {
		subjects++
	}
	if subjects > entries {
		r.checkSubjects()
	}
	return nil
}

// checkSubjects names what is found by a subject and should not be.
func (r *reconciler) checkSubjects() {
	for s := range status.Subjects(r.tx) {
		entry, err := status.Find(r.tx, s.Credential)
		if err != nil || entry.Profile != s.Profile || entry.Subject != s.Subject {
			r.found(Difference{Credential: s.Credential, Problem: "it is found by a subject that it was not issued for"})
		}
	}
}

// checkPlaces names the places that are taken, or revoked, without a record.
func (r *reconciler) checkPlaces(ctx context.Context) error {
	taken := 0
	for place, id := range status.Places(r.tx) {
		if entry, err := status.Find(r.tx, id); err != nil || entry.Place != place {
			r.found(Difference{Credential: id, Place: &place, Problem: "the place is taken by a credential that the state does not have, or has elsewhere"})
		}
		if taken++; taken%progressAfter == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
	}
	for place := range status.RevokedPlaces(r.tx) {
		switch {
		case r.changed.has(place.Key()):
		case r.sealed.has(short(status.At(r.tx, place))):
			r.figures.Believed++ // whether a record that was not read revokes it
		default:
			r.found(Difference{Credential: status.At(r.tx, place), Place: &place, Problem: "it is revoked in the state, and no record of the log revokes it"})
		}
	}
	return nil
}

// checkIndex names the entries of the index that lead nowhere. If there are as
// many as answers that they lead to, there are no others.
func (r *reconciler) checkIndex(context.Context) error {
	for range issuancelog.Index(r.tx) {
		r.figures.Indexed++
	}
	if r.figures.Indexed == r.matched+uint64(len(r.sealed)) {
		return nil
	}
	for e := range issuancelog.Index(r.tx) {
		if problem := r.astray(e); problem != "" {
			r.found(Difference{Record: &e.Sequence, Problem: problem})
		}
	}
	return nil
}

// astray tells what is wrong with an entry of the index, if anything.
func (r *reconciler) astray(e issuancelog.IndexEntry) string {
	if e.Astray {
		return "the index has an entry for it in a wrong place"
	}
	if e.Sequence < r.figures.Sealed {
		return ""
	}
	opening, err := issuancelog.Opening(r.tx, e.Sequence)
	if errors.Is(err, issuancelog.ErrSealed) {
		return "" // the record itself led to it
	}
	if err != nil {
		return "the index leads to it, and it is not there"
	}
	record, err := logproof.Decode(opening.Record)
	if err != nil || record.Kind != logproof.Answered || issuancelog.IndexHash(record.Credential) != e.Hash {
		return "the index leads to it for a credential that it does not answer with"
	}
	return ""
}
