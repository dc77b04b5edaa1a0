package status

import (
	"bytes"
	"encoding/binary"
	"iter"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/issuer/store"
)

// Key returns a number that no other place has; they are in the order of lists
// and indices.
func (p Place) Key() uint64 { return binary.BigEndian.Uint64(p.key()) }

// Entries yields what is kept of each credential, by its identifier: nil for
// what cannot be read, or says that it is another's.
func Entries(tx *store.Tx) iter.Seq2[string, *Entry] {
	return func(yield func(string, *Entry) bool) {
		for key, data := range tx.All(bucketEntries) {
			var e *Entry
			if err := json.Unmarshal(data, &e); err != nil || e == nil || e.Credential != string(key) {
				e = nil
			}
			if !yield(string(key), e) {
				return
			}
		}
	}
}

// Places yields which credential has which place. What is no place has the
// number 0 as its list.
func Places(tx *store.Tx) iter.Seq2[Place, string] {
	return func(yield func(Place, string) bool) {
		for key, credential := range tx.All(bucketPlaces) {
			if !yield(place(key), string(credential)) {
				return
			}
		}
	}
}

// RevokedPlaces yields the places that say that their credential was revoked.
func RevokedPlaces(tx *store.Tx) iter.Seq[Place] {
	return func(yield func(Place) bool) {
		for key := range tx.All(bucketRevoked) {
			if !yield(place(key)) {
				return
			}
		}
	}
}

func place(key []byte) Place {
	if len(key) != 8 {
		return Place{}
	}
	return placeOf(key)
}

// At returns the credential that has a place, or "".
func At(tx *store.Tx, p Place) string { return string(tx.Get(bucketPlaces, p.key())) }

// RevokedAt returns when the credential of a place was revoked.
func RevokedAt(tx *store.Tx, p Place) (at time.Time, revoked bool) {
	data := tx.Get(bucketRevoked, p.key())
	at, _ = time.Parse(time.RFC3339, string(data)) // of what cannot be read it is long ago
	return at, data != nil
}

// Lists returns the number of lists in which a place is taken, at least one.
func Lists(tx *store.Tx) int {
	last, _ := tx.Last(bucketPlaces)
	return max(place(last).List, 1)
}

// Subject is how a credential is found by its record.
type Subject struct{ Profile, Subject, Credential string }

// Subjects yields by which records credentials are found. One of which nothing
// can be read has no credential.
func Subjects(tx *store.Tx) iter.Seq[Subject] {
	return func(yield func(Subject) bool) {
		for key := range tx.All(bucketSubjects) {
			var s Subject
			if parts := bytes.SplitN(key, []byte{0}, 3); len(parts) == 3 {
				s = Subject{string(parts[0]), string(parts[1]), string(parts[2])}
			}
			if !yield(s) {
				return
			}
		}
	}
}

// BySubjectOf tells whether the credential of e is found by its record.
func BySubjectOf(tx *store.Tx, e Entry) bool {
	return tx.Get(bucketSubjects, append(subjectPrefix(e.Profile, e.Subject), e.Credential...)) != nil
}
