package issuer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/chancery-vc/chancery/issuer/partner"
	"github.com/chancery-vc/chancery/issuer/singleuse"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
	"github.com/chancery-vc/chancery/verifier/statement"
)

// GrantInfo is what is known of a grant.
type GrantInfo struct {
	Token   string    `json:"token"` // the grant itself
	Issued  time.Time `json:"issued"`
	Used    int       `json:"used"` // records that were asked about
	Revoked time.Time `json:"revoked,omitzero"`
	Ended   bool      `json:"ended,omitzero"`
}

// RevokeGrant revokes a grant: the very next question under it gets no answer.
// Its error is a [partner.Refusal] if there is none, or it was revoked before.
func (i *Issuer) RevokeGrant(ctx context.Context, id string) error {
	if len(id) > singleuse.MaxID {
		return fmt.Errorf("revoke %.64q: %w", id, partner.ErrUnknown)
	}
	step := i.partners.Revoke(id, i.now())
	if err := step.Before(ctx); err != nil {
		return fmt.Errorf("revoke %.64q: %w", id, err)
	}
	err := i.store.Update(ctx, func(tx *store.Tx) error {
		if err := step.Within(tx); err != nil {
			return fmt.Errorf("revoke %.64q: %w", id, err)
		}
		record := i.record(Operator, "")
		record.Kind, record.Grant = logproof.GrantRevoked, id
		return i.log.Append(tx, record)
	})
	if err != nil && i.shared != nil {
		return fmt.Errorf("%.64q is revoked, at all replicas, and the log could not say so: %w", id, err)
	}
	return err
}

// SignedGrants returns the grants that were signed here and hold, or ended
// lately, the newest first.
func (i *Issuer) SignedGrants(ctx context.Context) (infos []GrantInfo, err error) {
	tokens := map[string]string{}
	err = i.store.View(func(tx *store.Tx) error {
		for id, data := range tx.All(bucketGrants) {
			tokens[string(id)] = string(data)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, id := range slices.Sorted(maps.Keys(tokens)) {
		token := tokens[id]
		state, err := i.partners.State(ctx, id)
		ended := errors.Is(err, partner.ErrUnknown)
		if err != nil && !ended {
			return nil, err
		}
		u, err := statement.Peek([]byte(token))
		if err != nil {
			return nil, fmt.Errorf("state of the grants: %w", err)
		}
		infos = append(infos, GrantInfo{Token: token, Issued: u.Statement.IssuedAt(), Used: state.Used(), Revoked: state.Revoked, Ended: ended})
	}
	slices.SortStableFunc(infos, func(a, b GrantInfo) int { return b.Issued.Compare(a.Issued) })
	return infos, nil
}
