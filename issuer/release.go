package issuer

import (
	"context"
	"time"

	"github.com/chancery-vc/chancery/issuer/singleuse"
	"github.com/chancery-vc/chancery/issuer/status"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
	"github.com/chancery-vc/chancery/verifier/statement"
)

// outcome is an answer, and what is kept of it.
type outcome struct {
	Answer
	place      *status.Place // nil for none
	validUntil time.Time
	disclosed  []string
	said       *statement.Fact // that it states; nil for none
	spend      singleuse.Step
	settle     func(*store.Tx, Answer) error
	replaces   string // credential that is revoked with it; empty for none
}

// release makes the answer durable: the record with the hash of the very
// bytes, the place in the status list, and what the protocol settles, in one
// transaction. What the answer is given for is used up by then.
func (i *Issuer) release(ctx context.Context, asked logproof.Record, o outcome) (err error) {
	ctx, end := i.begin(ctx, StageRelease)
	defer end(&err)
	record := asked
	record.Kind, record.Credential = logproof.Answered, o.Credential
	record.Released = logproof.HashOf(o.Bytes).String()
	digest, err := logproof.Digest(o.Bytes)
	if err != nil {
		return err
	}
	if digest != record.Released {
		record.Canonical = digest
	}
	record.Disclosed = o.disclosed
	if o.place != nil {
		record.StatusList, record.StatusIndex = i.listURL(o.place.List), &o.place.Index
	}
	if err := i.replaceElsewhere(ctx, &o); err != nil {
		return err
	}
	if err := o.spend.Before(ctx); err != nil {
		return err
	}
	err = i.store.Update(ctx, func(tx *store.Tx) error { return i.keep(tx, record, o) })
	if err == nil && o.replaces != "" {
		i.lists.forget()
	}
	return err
}

// keep changes the state by an answer, whose record is given.
func (i *Issuer) keep(tx *store.Tx, record logproof.Record, o outcome) error {
	if err := o.spend.Within(tx); err != nil {
		return err
	}
	if o.settle != nil {
		if err := o.settle(tx, o.Answer); err != nil {
			return err
		}
	}
	if err := i.assign(tx, record, o); err != nil {
		return err
	}
	if err := i.log.Append(tx, record); err != nil {
		return err
	}
	return i.replace(tx, o)
}

// assign keeps which credential has the place.
func (i *Issuer) assign(tx *store.Tx, answered logproof.Record, o outcome) error {
	if o.place == nil {
		return nil
	}
	return i.registry.Assign(tx, status.Entry{
		Credential: o.Credential, Profile: answered.Profile, Subject: answered.Subject, Place: *o.place, ValidUntil: o.validUntil,
	})
}
