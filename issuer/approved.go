package issuer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/durable"
	"github.com/chancery-vc/chancery/issuer/approval"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// keyApproved, in bucketConfiguration, has what was approved last. Whoever can
// write it can have a configuration come back that was approved once.
const keyApproved = "approved"

// approved is what the state remembers of the last approved configuration.
type approved struct {
	Serial   uint64 `json:"serial"`
	Manifest string `json:"manifest"` // its hash
	Ends     bool   `json:"ends,omitzero"`
}

func approvedOf(a *config.Approval) approved {
	return approved{a.Serial, logproof.HashOf(a.Manifest).String(), a.Ends}
}

// CheckApproval returns an error if c cannot come after what was approved for
// this issuer before.
func (i *Issuer) CheckApproval(c *config.Config) error {
	return i.store.View(func(tx *store.Tx) error { return checkApproval(tx, c) })
}

func checkApproval(tx *store.Tx, c *config.Config) error {
	data := tx.Get(bucketConfiguration, []byte(keyApproved))
	if data == nil {
		return nil
	}
	var last approved
	if err := json.Unmarshal(data, &last); err != nil {
		return fmt.Errorf("state %s: %w", bucketConfiguration, err)
	}
	a := c.Approval()
	switch {
	case a == nil && last.Ends:
		return nil
	case a == nil:
		return fmt.Errorf("%w: those of this issuer are, since serial %d: say with --approvers who approves; one that nobody has to approve any more is made with chancery config manifest --ends", approval.ErrNotApproved, last.Serial)
	case a.Serial < last.Serial, a.Serial == last.Serial && approvedOf(a) != last:
		return fmt.Errorf("%w: it has the serial %d, and one with %d was in force already; to have it back, have it approved with %d", approval.ErrNotApproved, a.Serial, last.Serial, last.Serial+1)
	}
	return nil
}

// keepApproval keeps manifest and signatures beside the text of the
// configuration, under the hash that the log has.
func keepApproval(folder string, a *config.Approval) error {
	base := filepath.Join(folder, logproof.HashOf(a.Manifest).String())
	return errors.Join(
		durable.Place(base+approval.ManifestSuffix, a.Manifest, 0o600, os.Rename),
		durable.Place(base+approval.SignatureSuffix, a.Signatures, 0o600, os.Rename),
	)
}

// markApproved adds who approved the configuration to the record of it, and
// returns what tells this configuration from the next one.
func (i *Issuer) markApproved(r *logproof.Record) (mark []byte) {
	mark = []byte(i.config.Digest())
	a := i.config.Approval()
	if a == nil {
		return mark
	}
	r.Approvers, r.Proof = a.Approvers, logproof.HashOf(a.Manifest).String()
	return fmt.Append(mark, " ", r.Proof, " ", a.Terms)
}

// rememberApproval has no lower serial number come after this one. It is the
// last step of a start: after one that failed, the former configuration must be
// good to be taken up again.
func (i *Issuer) rememberApproval(ctx context.Context) error {
	a := i.config.Approval()
	if a == nil {
		return nil
	}
	data, err := json.Marshal(approvedOf(a))
	if err != nil {
		return err
	}
	return i.store.Update(ctx, func(tx *store.Tx) error { return tx.Put(bucketConfiguration, []byte(keyApproved), data) })
}
