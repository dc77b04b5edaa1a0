package issuancelog

import (
	"errors"

	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// ErrNoReceipt says that a record has nothing that a receipt could show.
var ErrNoReceipt = errors.New("the log has no record of this that a receipt can be made for")

// Receipt returns the receipt for what was answered with a record, under a root
// that covers it. It returns [ErrNoReceipt] for a record that released nothing,
// or that is from before there were receipts.
func Receipt(tx *store.Tx, sequence uint64, root logproof.SignedRoot) (r logproof.Receipt, err error) {
	opening, err := Opening(tx, sequence)
	if err != nil {
		return r, err
	}
	record, err := logproof.Decode(opening.Record)
	if err != nil {
		return r, err
	}
	if !record.OpensInParts() || record.Digest() == "" {
		return r, ErrNoReceipt
	}
	r = logproof.Receipt{SignedRoot: root, Index: sequence, Parts: record.Parts(opening.Salt, opening.Record)}
	r.Path, err = Prove(tx, sequence, root.Size)
	return r, err
}
