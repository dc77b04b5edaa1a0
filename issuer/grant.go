package issuer

import (
	"context"
	"errors"

	"github.com/chancery-vc/chancery/issuer/claims"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// Grant logs that the operator lets a holder have a credential of a record,
// and returns the record's pseudonym. It reads the record first, so that the
// operator hears at once of one that is not there or cannot be issued. settle
// changes more state in the same transaction.
func (i *Issuer) Grant(ctx context.Context, profile, key string, settle func(tx *store.Tx, subject string) error) error {
	p, err := i.allow(Holder, profile)
	if err != nil {
		return i.refuse(ctx, i.record(Operator, profile), err)
	}
	asked, err := i.ask(ctx, Operator, p, key)
	if err != nil {
		return err
	}
	record, err := p.source.Lookup(ctx, key)
	if err == nil {
		_, err = claims.Apply(p.Claims, record)
	}
	if err == nil {
		granted := asked
		granted.Kind = logproof.Grant
		err = i.store.Update(ctx, func(tx *store.Tx) error {
			return errors.Join(i.log.Append(tx, granted), settle(tx, asked.Subject))
		})
	}
	if err != nil {
		return i.refuse(ctx, asked, stopped(ctx, err))
	}
	return nil
}
