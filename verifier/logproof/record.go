// Package logproof checks an issuance log without trusting who keeps it.
//
// A log is a sequence of records, numbered from 0. A record is one JSON object
// in canonical form (RFC 8785); each names the SHA-256 of the one before it,
// so that a change of any record breaks the chain after it. A checkpoint,
// signed by the issuer, names the number of records and the hash of the last
// one, so that records cut off the end are missed.
//
// Hashes are SHA-256 in base64url without padding; times are UTC in RFC 3339.
//
// Source: RFC 8785 (JCS); C2SP signed-note. The record itself is Chancery's
// own and is described in docs/auditor.md.
package logproof

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/gowebpki/jcs"
)

// Format is the version of the record format that this package writes.
const Format = 1

// MaxRecordBytes caps one record.
const MaxRecordBytes = 64 << 10

// maxNumber is the largest sequence: canonical JSON cannot tell larger
// integers apart.
const maxNumber = 1 << 53

// ErrRecord is the kind of every error about a single record.
var ErrRecord = errors.New("not a record of an issuance log")

// Kind says what a record is about.
type Kind string

// The kinds of records.
const (
	Configuration Kind = "configuration"  // the issuer started under a configuration not seen last
	Grant         Kind = "grant"          // an offer was made to a holder
	Asked         Kind = "asked"          // a question came; the source has not been read yet
	Answered      Kind = "answered"       // the answer that is about to leave
	Refused       Kind = "refused"        // no answer, and why
	Abandoned     Kind = "abandoned"      // the issuer stopped between question and answer
	StatusChanged Kind = "status-changed" // a credential was revoked
	ScopeProven   Kind = "scope-proven"   // a source was held against what may be read of it
)

// Record is one entry of the log. It holds no value of the register: a subject
// is a keyed pseudonym, columns and claims are names.
type Record struct {
	Format        int      `json:"format"`
	Sequence      uint64   `json:"sequence"`
	Time          string   `json:"time"`
	Previous      string   `json:"previous"`
	Kind          Kind     `json:"kind"`
	Caller        string   `json:"caller,omitzero"`
	Profile       string   `json:"profile,omitzero"`
	Asks          string   `json:"asks,omitzero"`    // what for, if it is not a profile: "fact of-age", "status registration"
	Purpose       string   `json:"purpose,omitzero"` // of the caller's question
	Subject       string   `json:"subject,omitzero"`
	Question      *uint64  `json:"question,omitzero"` // sequence of the asked record that this one ends
	Issuer        string   `json:"issuer,omitzero"`
	Configuration string   `json:"configuration,omitzero"`
	Columns       []string `json:"columns,omitzero"`
	Disclosed     []string `json:"disclosed,omitzero"`
	Credential    string   `json:"credential,omitzero"`
	StatusList    string   `json:"statusList,omitzero"`
	StatusIndex   *int     `json:"statusIndex,omitzero"`
	Released      string   `json:"released,omitzero"` // hash of the very bytes that leave
	Status        string   `json:"status,omitzero"`
	Reason        string   `json:"reason,omitzero"`
	Source        string   `json:"source,omitzero"`   // name of a source
	Findings      []string `json:"findings,omitzero"` // what its account can do beyond the scope, or not do within
	Proof         string   `json:"proof,omitzero"`    // hash of all that was found out about the account
}

// Hash is the SHA-256 of a record's bytes.
type Hash [sha256.Size]byte

// HashOf returns the hash of a record's bytes, or of released ones.
func HashOf(data []byte) Hash { return sha256.Sum256(data) }

// String returns the hash in base64url.
func (h Hash) String() string { return base64.RawURLEncoding.EncodeToString(h[:]) }

// Encode returns the canonical bytes of r.
func Encode(r Record) ([]byte, error) {
	if r.Sequence > maxNumber || r.Question != nil && *r.Question > maxNumber {
		return nil, fmt.Errorf("%w: a number above %d", ErrRecord, uint64(maxNumber))
	}
	plain, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRecord, err)
	}
	canonical, err := jcs.Transform(plain)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRecord, err)
	}
	if len(canonical) > MaxRecordBytes {
		return nil, fmt.Errorf("%w: %d bytes, more than %d", ErrRecord, len(canonical), MaxRecordBytes)
	}
	return canonical, nil
}

// Decode reads a record, which must be in canonical form and hold no member
// that this format does not have.
func Decode(data []byte) (Record, error) {
	if len(data) > MaxRecordBytes {
		return Record{}, fmt.Errorf("%w: %d bytes, more than %d", ErrRecord, len(data), MaxRecordBytes)
	}
	var r Record
	if err := json.Unmarshal(data, &r, json.RejectUnknownMembers(true)); err != nil {
		return Record{}, fmt.Errorf("%w: not readable", ErrRecord)
	}
	if r.Format != Format {
		return Record{}, fmt.Errorf("%w: format %d; this program knows %d", ErrRecord, r.Format, Format)
	}
	if again, err := Encode(r); err != nil || !bytes.Equal(again, data) {
		return Record{}, fmt.Errorf("%w: not in canonical form", ErrRecord)
	}
	return r, nil
}
