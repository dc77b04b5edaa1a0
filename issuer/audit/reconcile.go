package audit

import (
	"context"
	"errors"
	"io/fs"

	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// Sources is what the log is held against, beside the state that it is in.
type Sources struct {
	Archive     *issuancelog.Archive // records that were moved out of the state file; nil for none
	Published   fs.FS                // folder of published files, with its status lists; nil for none
	Credentials fs.FS                // folder of a batch; nil for none
	// Found is told of each difference.
	Found func(Difference)
	// Progress, if not nil, is told how many records were read.
	Progress func(records uint64)
}

// Figures counts what was held against each other.
type Figures struct {
	Records     uint64 `json:"records"`
	Sealed      uint64 `json:"sealed,omitzero"` // records that were moved out, and were not read
	Questions   uint64 `json:"questions"`
	Answers     uint64 `json:"answers"`
	Credentials uint64 `json:"credentials"` // answers with a place in a status list
	Revoked     uint64 `json:"revoked"`
	Indexed     uint64 `json:"indexed"` // entries of the index; 0 of a copy without one
	Lists       int    `json:"lists"`   // published status lists that were read
	// Unpublished counts revocations that are later than the published lists.
	Unpublished uint64 `json:"unpublished"`
	Files       uint64 `json:"files"` // of the batch
	// Believed counts what only records tell of that were not read.
	Believed    uint64 `json:"believed,omitzero"`
	Differences uint64 `json:"differences"`
}

// reconciler holds a log against the rest. Sets are sorted once the log was
// read.
type reconciler struct {
	tx      *store.Tx
	s       Sources
	figures Figures
	indexed bool             // whether there is an index
	matched uint64           // entries of the index that lead to the answer that they should
	open    bits             // questions without an end
	answers set              // identifiers that something was answered with
	sealed  set              // those of records that were not read, by the index
	changed set              // keys of the places that were revoked
	files   map[string]*file // of the batch, by name
}

// Reconcile holds the log of a state file against everything else that tells of
// what was issued.
func Reconcile(ctx context.Context, tx *store.Tx, s Sources) (Figures, error) {
	r := &reconciler{tx: tx, s: s, indexed: issuancelog.Indexed(tx)}
	for _, step := range []func(context.Context) error{
		r.readFolder, r.readLog, r.findTwice, r.checkQuestions, r.checkEntries, r.checkPlaces, r.checkIndex, r.checkPublished, r.checkFolder,
	} {
		if err := errors.Join(ctx.Err(), step(ctx)); err != nil {
			return r.figures, err
		}
	}
	return r.figures, nil
}

func (r *reconciler) found(d Difference) {
	r.figures.Differences++
	r.s.Found(d)
}

// about starts a difference at a record.
func about(r logproof.Record, problem string) Difference {
	return Difference{Record: &r.Sequence, Credential: r.Credential, Problem: problem}
}
