package audit

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/chancery-vc/chancery/internal/bitstring"
	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/status"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// Moment is a time in the life of a log: the first of both that it reaches.
type Moment struct {
	Size uint64    // number of records; 0 for any
	Time time.Time // records of this time are of it; zero for any
}

// Past is what was known at a moment, as far as the log tells. Records stand
// for themselves.
type Past struct {
	Records uint64 `json:"records"`
	// Time is when: that of the moment, or of the last record.
	Time          time.Time          `json:"time"`
	Sealed        uint64             `json:"sealed,omitzero"` // records that were moved out, and were not read
	Issuer        string             `json:"issuer,omitzero"`
	Configuration string             `json:"configuration,omitzero"` // SHA-256, in hexadecimal
	Live          uint64             `json:"live"`                   // credentials neither revoked nor expired
	Revoked       uint64             `json:"revoked"`
	Expired       uint64             `json:"expired"` // and not revoked
	Open          uint64             `json:"open"`    // questions without an end
	Lists         []PastList         `json:"statusLists"`
	Keys          []logproof.Record  `json:"keys"`     // each that tells of a key, in order
	Offers        map[string]uint64  `json:"offers"`   // made to holders, by profile
	Grants        map[string]Grant   `json:"grants"`   // under which questions were asked, by name
	Scopes        []logproof.Record  `json:"scopes"`   // the last one of each source
	Anchors       []logproof.Record  `json:"anchors"`  // the last one of each place
	Findings      []logproof.Finding `json:"findings"` // what is wrong with the log up to then
}

// Grant tells how a grant was used.
type Grant struct {
	Questions uint64 `json:"questions"`
	First     uint64 `json:"first"` // number of a record
	Last      uint64 `json:"last"`
}

// PastList is a status list as it was.
type PastList struct {
	URL     string `json:"id"`
	Revoked uint64 `json:"revoked"`
	Encoded string `json:"encodedList"` // Bitstring Status List 1.0, section 3.3
}

// States of a credential.
const (
	Live    = "live"
	Revoked = "revoked"
	Expired = "expired"
)

// PastCredential is a credential as it was.
type PastCredential struct {
	Credential string `json:"credential"`
	Profile    string `json:"profile,omitzero"`
	Subject    string `json:"subject,omitzero"` // pseudonym
	State      string `json:"state"`
	// ValidUntil is what the state has; zero if it has nothing.
	ValidUntil  time.Time `json:"validUntil,omitzero"`
	StatusList  string    `json:"statusList"`
	StatusIndex int       `json:"statusIndex"`
	Answered    uint64    `json:"answered"` // number of the record
}

// past gathers what is known, record by record.
type past struct {
	Past
	moment  Moment
	ended   bool
	lists   map[int]*list
	scopes  map[string]logproof.Record
	anchors map[string]logproof.Record
	open    bits
}

type list struct {
	url     string
	revoked uint64
	bits    bitstring.Bits
}

// At rebuilds what was known at a moment. It tells each of every credential
// that had been issued, in the order of the log. The log of a is read first,
// if there is one, which has the records that were moved out.
func At(ctx context.Context, tx *store.Tx, a *issuancelog.Archive, m Moment, each func(PastCredential) error) (Past, error) {
	p := &past{moment: m, lists: map[int]*list{}, scopes: map[string]logproof.Record{}, anchors: map[string]logproof.Record{}}
	p.Offers, p.Grants = map[string]uint64{}, map[string]Grant{}
	start, err := startOf(tx, a)
	if err != nil {
		return Past{}, err
	}
	p.Sealed = start.Size
	result := logproof.WalkFrom(start, p.until(ctx, recordsOf(tx, a)), nil, p.take)
	if err := cmp.Or(ctx.Err(), archiveErr(a)); err != nil {
		return Past{}, err
	}
	for _, f := range result.Findings {
		if f.Sequence < p.Records {
			p.Findings = append(p.Findings, f)
		}
	}
	if !m.Time.IsZero() {
		p.Time = m.Time
	}
	if err := p.credentials(ctx, tx, recordsOf(tx, a), each); err != nil {
		return Past{}, err
	}
	return p.finish()
}

// startOf returns where the records begin that are read.
func startOf(tx *store.Tx, a *issuancelog.Archive) (logproof.Checkpoint, error) {
	if a != nil {
		return logproof.Checkpoint{}, nil
	}
	return issuancelog.Start(tx)
}

func recordsOf(tx *store.Tx, a *issuancelog.Archive) iter.Seq2[uint64, []byte] {
	if a != nil {
		return issuancelog.WholeRecords(tx, a)
	}
	return issuancelog.Records(tx)
}

func archiveErr(a *issuancelog.Archive) error {
	if a == nil {
		return nil
	}
	return a.Err()
}

// until yields the records up to the moment, and some after it.
func (p *past) until(ctx context.Context, records iter.Seq2[uint64, []byte]) iter.Seq2[uint64, []byte] {
	return func(yield func(uint64, []byte) bool) {
		for number, data := range records {
			if p.ended || p.moment.Size > 0 && number >= p.moment.Size || number%progressAfter == 0 && ctx.Err() != nil || !yield(number, data) {
				return
			}
		}
	}
}

// take takes the next record, unless it is after the moment.
func (p *past) take(r logproof.Record) {
	at, err := time.Parse(time.RFC3339, r.Time)
	if p.ended = p.ended || err == nil && !p.moment.Time.IsZero() && at.After(p.moment.Time); p.ended {
		return
	}
	p.Records = r.Sequence + 1
	if err == nil {
		p.Time = at
	}
	if r.Question != nil {
		p.open.put(*r.Question, false)
	}
	switch r.Kind {
	case logproof.Configuration:
		p.Issuer, p.Configuration = r.Issuer, r.Configuration
	case logproof.Asked:
		p.open.put(r.Sequence, true)
		p.takeGrant(r)
	case logproof.Grant:
		p.Offers[r.Profile]++
	case logproof.Answered:
		p.listOf(r)
	case logproof.StatusChanged:
		p.revoke(r)
	case logproof.ScopeProven:
		p.scopes[r.Source] = r
	case logproof.CheckpointAnchored:
		p.anchors[r.Anchor] = r
	case logproof.KeyChanged:
		p.Keys = append(p.Keys, r)
	}
}

func (p *past) takeGrant(r logproof.Record) {
	if r.Grant == "" {
		return
	}
	g, known := p.Grants[r.Grant]
	if !known {
		g.First = r.Sequence
	}
	g.Questions, g.Last = g.Questions+1, r.Sequence
	p.Grants[r.Grant] = g
}

// listOf returns the list that a record names a place of, and the index in it.
func (p *past) listOf(r logproof.Record) (l *list, place status.Place) {
	place, ok := placeOf(r)
	if !ok || place.Index >= bitstring.MinLength {
		return nil, place
	}
	if l = p.lists[place.List]; l == nil {
		l = &list{url: r.StatusList, bits: bitstring.New(bitstring.MinLength)}
		p.lists[place.List] = l
	}
	return l, place
}

func (p *past) revoke(r logproof.Record) {
	l, place := p.listOf(r)
	if l == nil {
		return
	}
	if set, err := l.bits.Get(place.Index); err == nil && !set {
		l.revoked++
		_ = l.bits.Set(place.Index) // in the list, or Get would have failed
	}
}

// credentials tells of each credential that had been issued.
func (p *past) credentials(ctx context.Context, tx *store.Tx, records iter.Seq2[uint64, []byte], each func(PastCredential) error) error {
	for number, data := range records {
		if number >= p.Records || number%progressAfter == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		record, err := logproof.Decode(data)
		if err != nil || record.Kind != logproof.Answered {
			continue
		}
		if l, place := p.listOf(record); l != nil {
			if err := each(p.credential(tx, record, l, place)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *past) credential(tx *store.Tx, r logproof.Record, l *list, place status.Place) PastCredential {
	c := PastCredential{
		Credential: r.Credential, Profile: r.Profile, Subject: r.Subject, StatusList: r.StatusList, StatusIndex: place.Index, Answered: r.Sequence,
	}
	if entry, err := status.Find(tx, r.Credential); err == nil {
		c.ValidUntil = entry.ValidUntil
	}
	revoked, _ := l.bits.Get(place.Index)
	switch {
	case revoked:
		c.State = Revoked
		p.Revoked++
	case !c.ValidUntil.IsZero() && !p.Time.Before(c.ValidUntil):
		c.State = Expired
		p.Expired++
	default:
		c.State = Live
		p.Live++
	}
	return c
}

func (p *past) finish() (Past, error) {
	for range p.open.all {
		p.Open++
	}
	for _, number := range slices.Sorted(maps.Keys(p.lists)) {
		l := p.lists[number]
		encoded, err := l.bits.Encode()
		if err != nil {
			return Past{}, fmt.Errorf("status list %d: %w", number, err)
		}
		p.Lists = append(p.Lists, PastList{URL: l.url, Revoked: l.revoked, Encoded: encoded})
	}
	for _, name := range slices.Sorted(maps.Keys(p.scopes)) {
		p.Scopes = append(p.Scopes, p.scopes[name])
	}
	for _, name := range slices.Sorted(maps.Keys(p.anchors)) {
		p.Anchors = append(p.Anchors, p.anchors[name])
	}
	return p.Past, nil
}
