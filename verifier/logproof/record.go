// Package logproof checks an issuance log without trusting who keeps it.
//
// A log is a sequence of records, numbered from 0. A record is one JSON object
// in canonical form (RFC 8785); each names the SHA-256 of the one before it,
// so that a change of any record breaks the chain after it.
//
// Over the records stands a Merkle tree (RFC 6962, section 2.1, SHA-256). Its
// leaves are salted commitments, so that the tree can be public and tells
// nothing of the records, not even to who guesses them. One opens in two parts:
// whole, with the salt and the record, for an auditor; or as far as the digest
// of what was released, for who holds that and is to learn nothing else. A
// checkpoint, signed by the issuer, names the number of records, the root of
// the tree and the hash of the last record. With it, records that were cut off
// the end are missed, one record can be shown to be in the log without the
// others, and a log can be shown to continue an earlier one.
//
// Hashes are SHA-256; in records they are in base64url without padding, in
// checkpoints and proofs in base64. Times are UTC in RFC 3339.
//
// Source: RFC 8785 (JCS); RFC 6962, section 2.1; C2SP signed-note,
// tlog-checkpoint, tlog-tiles, tlog-proof. The record itself is Chancery's own
// and is described in docs/log-format.md.
package logproof

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
)

// Format is the version of the record format that this package writes. Records
// of versions 1 and 2 lack some members, and their leaves do not open in parts;
// those of version 1 were written before there was a tree.
const Format = 3

const (
	oldestFormat = 1
	formatParts  = 3 // the first whose leaves open in parts
)

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
	// CheckpointAnchored: a place outside of the issuer keeps a checkpoint.
	CheckpointAnchored Kind = "checkpoint-anchored"
	KeyChanged         Kind = "key"    // a key came into use, or went out of it
	Sealed             Kind = "sealed" // the records before size were moved out of the state file
	// Restored: a backup was brought back that lacks what an anchor had seen.
	Restored Kind = "restored"
	// BudgetReset: the operator let a relying party begin its budget anew.
	BudgetReset Kind = "budget-reset"
	// GrantRevoked: the operator revoked a grant that was signed for a partner.
	GrantRevoked Kind = "grant-revoked"
	// ReplicaForgotten: the operator said that a replica is gone for good.
	ReplicaForgotten Kind = "replica-forgotten"
)

// Record is one entry of the log. It holds no value of the register: a subject
// is a keyed pseudonym, columns and claims are names.
type Record struct {
	Anchor        string   `json:"anchor,omitzero"`    // name of the place that keeps a checkpoint
	Approvers     []string `json:"approvers,omitzero"` // who approved the configuration, each with the fingerprint of the key
	Asks          string   `json:"asks,omitzero"`      // what for, if it is not a profile: "fact of-age", "status registration"
	Caller        string   `json:"caller,omitzero"`
	Canonical     string   `json:"canonical,omitzero"` // hash of what every copy of the released credential has; empty where that is Released
	Columns       []string `json:"columns,omitzero"`
	Configuration string   `json:"configuration,omitzero"`
	Credential    string   `json:"credential,omitzero"`
	Disclosed     []string `json:"disclosed,omitzero"`
	Findings      []string `json:"findings,omitzero"` // what a source's account can do beyond the scope, or not do within
	Format        int      `json:"format"`
	Grant         string   `json:"grant,omitzero"` // name of the grant that the question fits
	Issuer        string   `json:"issuer,omitzero"`
	Key           string   `json:"key,omitzero"` // verification method
	Kind          Kind     `json:"kind"`
	Previous      string   `json:"previous"`
	Profile       string   `json:"profile,omitzero"`
	Proof         string   `json:"proof,omitzero"`    // hash of all that was found out about the account, or of what the approvers signed
	Purpose       string   `json:"purpose,omitzero"`  // of the caller's question
	Question      *uint64  `json:"question,omitzero"` // sequence of the asked record that this one ends
	Reason        string   `json:"reason,omitzero"`
	Released      string   `json:"released,omitzero"` // hash of the very bytes that leave
	Root          string   `json:"root,omitzero"`     // hash that the kept checkpoint names, in base64 as there
	Sequence      uint64   `json:"sequence"`
	Size          *uint64  `json:"size,omitzero"`   // number of records that it covers
	Source        string   `json:"source,omitzero"` // name of a source
	Status        string   `json:"status,omitzero"`
	StatusIndex   *int     `json:"statusIndex,omitzero"`
	StatusList    string   `json:"statusList,omitzero"`
	Subject       string   `json:"subject,omitzero"`
	Time          string   `json:"time"`
}

// Hash is the SHA-256 of a record's bytes.
type Hash [sha256.Size]byte

// HashOf returns the hash of a record's bytes, or of released ones.
func HashOf(data []byte) Hash { return sha256.Sum256(data) }

// String returns the hash in base64url.
func (h Hash) String() string { return base64.RawURLEncoding.EncodeToString(h[:]) }

// Encode returns the canonical bytes of r.
func Encode(r Record) ([]byte, error) {
	if r.Sequence > maxNumber || r.Question != nil && *r.Question > maxNumber || r.Size != nil && *r.Size > maxNumber {
		return nil, fmt.Errorf("%w: a number above %d", ErrRecord, uint64(maxNumber))
	}
	if r.StatusIndex != nil && *r.StatusIndex < 0 || r.Format < 0 {
		return nil, fmt.Errorf("%w: a negative number", ErrRecord)
	}
	data, err := canonical(&r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRecord, err)
	}
	if len(data) > MaxRecordBytes {
		return nil, fmt.Errorf("%w: %d bytes, more than %d", ErrRecord, len(data), MaxRecordBytes)
	}
	return data, nil
}

// Decode reads a record, which must be in canonical form and hold no member
// that this format does not have.
func Decode(data []byte) (Record, error) {
	var r Record
	if err := r.decode(data); err != nil {
		return Record{}, err
	}
	return r, nil
}

// decode reads a record into r, which is zero.
func (r *Record) decode(data []byte) error {
	if len(data) > MaxRecordBytes {
		return fmt.Errorf("%w: %d bytes, more than %d", ErrRecord, len(data), MaxRecordBytes)
	}
	if !scan(string(data), r) {
		return fmt.Errorf("%w: not in canonical form, or with a member that it does not have", ErrRecord)
	}
	if r.Format < oldestFormat || r.Format > Format {
		return fmt.Errorf("%w: format %d; this program knows %d to %d", ErrRecord, r.Format, oldestFormat, Format)
	}
	return nil
}
