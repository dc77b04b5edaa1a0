package issuer

import (
	"context"
	"errors"

	"github.com/chancery-vc/chancery/issuer/claims"
	"github.com/chancery-vc/chancery/issuer/singleuse"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// Grant logs that the operator lets a holder have a credential of a record. It
// reads the record first, so that the operator hears at once of one that is not
// there or cannot be issued. The offer is a step that goes with the record of the
// log.
func (i *Issuer) Grant(ctx context.Context, profile, key string, offer singleuse.Step) error {
	p, err := i.allow(ctx, Holder, profile)
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
		err = i.grant(ctx, asked, offer)
	}
	if err != nil {
		return i.refuse(ctx, asked, stopped(ctx, err))
	}
	return nil
}

func (i *Issuer) grant(ctx context.Context, asked logproof.Record, offer singleuse.Step) error {
	if err := offer.Before(ctx); err != nil {
		return err
	}
	granted := asked
	granted.Kind = logproof.Grant
	return i.store.Update(ctx, func(tx *store.Tx) error { return errors.Join(offer.Within(tx), i.log.Append(tx, granted)) })
}
