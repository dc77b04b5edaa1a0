package pseudonym

import (
	"encoding/binary"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/issuer/store"
)

// Buckets. Whoever can write them can make the issuer refuse to start, and no
// key known.
const (
	bucketPeriods  = "pseudonym-keys"     // number (8 bytes, big-endian) to period
	bucketPairwise = "pseudonym-pairwise" // "made" to nothing, once there must be the key of pairwise pseudonyms
)

// State is what became of a key.
type State string

// The states. A key that is being destroyed is not used any more, and its file
// may be there or not.
const (
	Kept       State = "kept"
	Destroying State = "destroying"
	Destroyed  State = "destroyed"
)

// Period is when a key was in use.
type Period struct {
	Number uint64    `json:"number"` // from 1
	Begin  time.Time `json:"begin"`
	End    time.Time `json:"end,omitzero"` // zero of the key in use
	State  State     `json:"state"`
}

// Name is what records of the log call the key.
func (p Period) Name() string { return fmt.Sprintf("pseudonym-%d", p.Number) }

// file is the name of the key's file. That of the first is from before there
// were periods.
func (p Period) file() string {
	if p.Number == 1 {
		return "pseudonym.key"
	}
	return p.Name() + ".key"
}

// Periods returns the periods of an issuer's keys, oldest first.
func Periods(tx *store.Tx) (all []Period, err error) {
	for _, data := range tx.All(bucketPeriods) {
		var p Period
		if err := json.Unmarshal(data, &p); err != nil {
			return nil, fmt.Errorf("state of the pseudonym keys: %w", err)
		}
		all = append(all, p)
	}
	return all, nil
}

func (p Period) put(tx *store.Tx) error {
	data, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return tx.Put(bucketPeriods, binary.BigEndian.AppendUint64(nil, p.Number), data)
}

// Files returns the names of the files of keys that there must be.
func Files(tx *store.Tx) (files []string, err error) {
	if tx.Get(bucketPairwise, []byte("made")) != nil {
		files = append(files, pairwiseFile)
	}
	periods, err := Periods(tx)
	for _, p := range periods {
		if p.State == Kept {
			files = append(files, p.file())
		}
	}
	return files, err
}
