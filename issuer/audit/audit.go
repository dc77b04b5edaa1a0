// Package audit holds an issuer's state against its log, and rebuilds from the
// log what was known at an earlier time.
//
// It needs no secret: a copy of the state file is enough. It trusts the log,
// which package logproof checks, and nothing beside it: of each thing that the
// log says was issued or revoked there must be one trace in the state, the
// published status lists, the index and the files of a batch, and no trace of
// anything else.
//
// Walks hold in memory 8 bytes an answer and 1 bit a record, and what is
// wrong; of the files of a batch some 150 bytes each.
//
// The records are described in docs/log-format.md and docs/auditor.md.
package audit

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/chancery-vc/chancery/issuer/status"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// Difference is something that does not fit the log. What it is about is named
// as far as it is known.
type Difference struct {
	Record     *uint64       `json:"record,omitzero"`
	Credential string        `json:"credential,omitzero"`
	Place      *status.Place `json:"place,omitzero"` // of a status list
	File       string        `json:"file,omitzero"`
	Problem    string        `json:"problem"`
}

func (d Difference) String() string {
	var about []string
	if d.Record != nil {
		about = append(about, fmt.Sprintf("record %d", *d.Record))
	}
	if d.File != "" {
		about = append(about, "file "+d.File)
	}
	if d.Credential != "" {
		about = append(about, d.Credential)
	}
	if d.Place != nil {
		about = append(about, placeName(*d.Place))
	}
	if len(about) == 0 {
		return d.Problem
	}
	return strings.Join(about, ", ") + ": " + d.Problem
}

func placeName(p status.Place) string { return fmt.Sprintf("status list %d index %d", p.List, p.Index) }

// placeOf returns the place in a status list that a record names.
func placeOf(r logproof.Record) (status.Place, bool) {
	at := strings.LastIndexByte(r.StatusList, '/')
	list, err := strconv.ParseUint(r.StatusList[at+1:], 10, 31)
	if err != nil || r.StatusIndex == nil || uint64(*r.StatusIndex) > 1<<32-1 {
		return status.Place{}, false
	}
	return status.Place{List: int(list), Index: *r.StatusIndex}, true
}

// set is a sorted set of numbers.
type set []uint64

func (s set) has(n uint64) bool {
	_, found := slices.BinarySearch(s, n)
	return found
}

// short returns the number under which an identifier is in a set.
func short(id string) uint64 {
	sum := sha256.Sum256([]byte(id))
	return binary.BigEndian.Uint64(sum[:])
}
