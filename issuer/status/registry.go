// Package status allocates places in status lists, keeps which credential has
// which, and what was revoked.
//
// Places are picked at random, so that an index says nothing about when a
// credential was issued (Bitstring Status List 1.0, section 6.2). A place is
// never used twice, and a list is left at three quarters full.
//
// The subject of an entry is the keyed pseudonym that the log has, never a
// key of the register.
package status

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/bitstring"
	"github.com/chancery-vc/chancery/issuer/store"
)

// ErrUnknown says that no credential has this identifier.
var ErrUnknown = errors.New("no credential with this identifier was issued here")

// Buckets. Whoever can write them can hide a revocation until the next
// comparison with the log.
const (
	bucketEntries  = "credentials"         // credential id to entry
	bucketPlaces   = "status-places"       // list (4 bytes) and index (4 bytes) to credential id
	bucketRevoked  = "status-revoked"      // the same key to the time
	bucketSubjects = "credentials-subject" // profile, 0, subject, 0, credential id to nothing
)

const (
	listLength = bitstring.MinLength
	listFull   = listLength * 3 / 4
)

// Place is one entry of one status list.
type Place struct {
	List  int `json:"list"` // from 1
	Index int `json:"index"`
}

func (p Place) key() []byte {
	key := binary.BigEndian.AppendUint32(nil, uint32(p.List))
	return binary.BigEndian.AppendUint32(key, uint32(p.Index))
}

func placeOf(key []byte) Place {
	return Place{List: int(binary.BigEndian.Uint32(key)), Index: int(binary.BigEndian.Uint32(key[4:]))}
}

// Entry is one credential that was issued.
type Entry struct {
	Credential string    `json:"credential"`
	Profile    string    `json:"profile"`
	Subject    string    `json:"subject"`
	Place      Place     `json:"place"`
	ValidUntil time.Time `json:"validUntil"`
	Revoked    bool      `json:"revoked"` // not kept with the entry: it is looked up
}

// Registry knows every place. It is safe for concurrent use.
type Registry struct {
	store  *store.Store
	random io.Reader

	mu   sync.Mutex
	list int            // the list that is being filled
	used bitstring.Bits // places of list that are taken, or promised
	free int            // places of list until it is left
}

// Open reads which places are taken.
func Open(s *store.Store, random io.Reader) (*Registry, error) {
	r := &Registry{store: s, random: random}
	r.next(1)
	err := s.View(func(tx *store.Tx) error {
		for key := range tx.All(bucketPlaces) {
			place := placeOf(key)
			if place.List != r.list {
				r.next(place.List)
			}
			if err := r.used.Set(place.Index); err != nil {
				return fmt.Errorf("status list %d: %w", place.List, err)
			}
			r.free--
		}
		return nil
	})
	return r, err
}

func (r *Registry) next(list int) {
	r.list, r.used, r.free = list, bitstring.New(listLength), listFull
}

// Reserve promises a place that nothing else has. The promise lasts as long as
// the process: a place that [Registry.Assign] never takes is free again after
// the next start.
func (r *Registry) Reserve() (Place, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.free <= 0 {
		r.next(r.list + 1)
	}
	for {
		var word [4]byte
		if _, err := io.ReadFull(r.random, word[:]); err != nil {
			return Place{}, fmt.Errorf("pick a status index: %w", err)
		}
		// The length is a power of two: the remainder is as even as the word.
		index := int(binary.BigEndian.Uint32(word[:]) % listLength)
		if taken, err := r.used.Get(index); err != nil || taken {
			continue
		}
		r.free--
		return Place{List: r.list, Index: index}, r.used.Set(index)
	}
}

// Lists returns the number of lists that are full or being filled.
func (r *Registry) Lists() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.list
}

// Assign gives a reserved place to a credential, in tx.
func (r *Registry) Assign(tx *store.Tx, e Entry) error {
	if tx.Get(bucketPlaces, e.Place.key()) != nil || tx.Get(bucketEntries, []byte(e.Credential)) != nil {
		return fmt.Errorf("place %d of status list %d, or %s, is taken", e.Place.Index, e.Place.List, e.Credential)
	}
	data, err := json.Marshal(e)
	if err != nil {
		return err
	}
	return errors.Join(
		tx.Put(bucketEntries, []byte(e.Credential), data),
		tx.Put(bucketPlaces, e.Place.key(), []byte(e.Credential)),
		tx.Put(bucketSubjects, append(subjectPrefix(e.Profile, e.Subject), e.Credential...), []byte{}),
	)
}

func subjectPrefix(profile, subject string) []byte {
	return []byte(profile + "\x00" + subject + "\x00")
}

// Find returns the entry of a credential.
func Find(tx *store.Tx, id string) (Entry, error) {
	data := tx.Get(bucketEntries, []byte(id))
	if data == nil {
		return Entry{}, fmt.Errorf("%w: %.80s", ErrUnknown, id)
	}
	var e Entry
	if err := json.Unmarshal(data, &e); err != nil {
		return Entry{}, fmt.Errorf("state of %s: %w", id, err)
	}
	e.Revoked = tx.Get(bucketRevoked, e.Place.key()) != nil
	return e, nil
}

// BySubject returns the entries of all credentials of a subject.
func BySubject(tx *store.Tx, profile, subject string) ([]Entry, error) {
	prefix := subjectPrefix(profile, subject)
	var entries []Entry
	for key := range tx.WithPrefix(bucketSubjects, prefix) {
		e, err := Find(tx, string(bytes.TrimPrefix(key, prefix)))
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// Revoke marks the credential of e as revoked, in tx. There is no way back.
func Revoke(tx *store.Tx, e Entry, now time.Time) error {
	return tx.Put(bucketRevoked, e.Place.key(), []byte(now.UTC().Format(time.RFC3339)))
}

// Encoded returns the encoded revocation bits of each list, list 1 first.
// There is always one list.
func (r *Registry) Encoded() ([]string, error) {
	lists, err := r.bits()
	if err != nil {
		return nil, err
	}
	var encoded []string
	for _, bits := range lists {
		text, err := bits.Encode()
		if err != nil {
			return nil, err
		}
		encoded = append(encoded, text)
	}
	return encoded, nil
}

func (r *Registry) bits() ([]bitstring.Bits, error) {
	lists := []bitstring.Bits{bitstring.New(listLength)}
	err := r.store.View(func(tx *store.Tx) error {
		if last, _ := tx.Last(bucketPlaces); len(last) > 0 {
			for len(lists) < placeOf(last).List {
				lists = append(lists, bitstring.New(listLength))
			}
		}
		for key := range tx.All(bucketRevoked) {
			place := placeOf(key)
			if place.List < 1 || place.List > len(lists) {
				return fmt.Errorf("status list %d is not there", place.List)
			}
			if err := lists[place.List-1].Set(place.Index); err != nil {
				return err
			}
		}
		return nil
	})
	return lists, err
}
