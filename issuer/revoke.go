package issuer

import (
	"context"
	"errors"
	"fmt"

	"github.com/chancery-vc/chancery/issuer/orders"
	"github.com/chancery-vc/chancery/issuer/status"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
	statuslist "github.com/chancery-vc/chancery/verifier/status"
)

// ErrNothing says that a list for revocation names something that has no
// credential.
var ErrNothing = errors.New("no credential was issued for it")

// ErrReplaced says that a credential cannot be replaced: it is revoked already.
var ErrReplaced = errors.New("the credential that it was to take the place of is revoked")

// Revoked counts what a revocation did.
type Revoked struct {
	Revoked  int              `json:"revoked"`           // credentials revoked now
	Before   int              `json:"before"`            // credentials that had been revoked before
	Replicas []ReplicaRevoked `json:"replicas,omitzero"` // of which this many by each; nil for an issuer without replicas
}

// Revoke revokes credentials by identifier: all of them, or none and an error.
// Replicas revoke those that they have.
func (i *Issuer) Revoke(ctx context.Context, ids []string) (Revoked, error) {
	if i.orders != nil {
		return i.orderRevocation(ctx, orders.Order{Credentials: ids}, status.ErrUnknown)
	}
	return i.revoke(ctx, func(tx *store.Tx) ([]status.Entry, error) {
		var entries []status.Entry
		for _, id := range ids {
			entry, err := status.Find(tx, id)
			if err != nil {
				return nil, err
			}
			entries = append(entries, entry)
		}
		return entries, nil
	})
}

// RevokeRecords revokes every credential of a profile that was issued for
// records with these keys: all of them, or none and an error. Replicas revoke
// those that they have.
func (i *Issuer) RevokeRecords(ctx context.Context, profile string, keys []string) (Revoked, error) {
	p, ok := i.profiles[profile]
	if !ok {
		return Revoked{}, fmt.Errorf("%w: %s", ErrNotAllowed, profile)
	}
	if i.orders != nil {
		return i.orderRevocation(ctx, orders.Order{Profile: profile, Keys: keys}, ErrNothing)
	}
	return i.revoke(ctx, func(tx *store.Tx) ([]status.Entry, error) {
		var entries []status.Entry
		for _, key := range keys {
			found, err := i.bySubject(tx, p, key)
			if err != nil {
				return nil, err
			}
			if len(found) == 0 {
				return nil, fmt.Errorf("%w: %.80q", ErrNothing, key)
			}
			entries = append(entries, found...)
		}
		return entries, nil
	})
}

func (i *Issuer) revoke(ctx context.Context, find func(*store.Tx) ([]status.Entry, error)) (Revoked, error) {
	var counted Revoked
	err := i.store.Update(ctx, func(tx *store.Tx) error {
		entries, err := find(tx)
		if err == nil {
			counted.Revoked, counted.Before, err = i.revokeEntries(tx, entries)
		}
		return err
	})
	if err != nil {
		return Revoked{}, fmt.Errorf("nothing was revoked: %w", err)
	}
	i.lists.forget()
	return counted, nil
}

// revokeEntries returns how many of the credentials are revoked now, and how many
// were before.
func (i *Issuer) revokeEntries(tx *store.Tx, entries []status.Entry) (now, before int, err error) {
	for _, entry := range entries {
		changed, err := i.revokeEntry(tx, entry.Credential, "")
		if err != nil {
			return 0, 0, err
		}
		if changed {
			now++
		} else {
			before++
		}
	}
	return now, before, nil
}

// replace revokes what an answer takes the place of. Of two answers in the place
// of one credential the second finds it revoked.
func (i *Issuer) replace(tx *store.Tx, o outcome) error {
	if o.replaces == "" {
		return nil
	}
	changed, err := i.revokeEntry(tx, o.replaces, "issued again as "+o.Credential)
	if err == nil && !changed {
		err = ErrReplaced
	}
	return err
}

// replaceElsewhere has the replica that issued it revoke what an answer takes the
// place of, where this one did not. That goes first: a holder whose answer then
// fails asks again, and one whose former credential stayed good would be offered
// a third.
func (i *Issuer) replaceElsewhere(ctx context.Context, o *outcome) error {
	if o.replaces == "" || i.orders == nil {
		return nil
	}
	if _, err := i.Entry(o.replaces); !errors.Is(err, status.ErrUnknown) {
		return err
	}
	_, err := i.orders.Post(ctx, orders.Order{Credentials: []string{o.replaces}})
	o.replaces = ""
	return err
}

// revokeEntry reads the entry again: a list may name a credential twice.
func (i *Issuer) revokeEntry(tx *store.Tx, id, reason string) (changed bool, err error) {
	entry, err := status.Find(tx, id)
	if err != nil || entry.Revoked {
		return false, err
	}
	if err := status.Revoke(tx, entry, i.now()); err != nil {
		return false, err
	}
	record := i.record(Operator, entry.Profile)
	record.Kind, record.Subject, record.Credential = logproof.StatusChanged, entry.Subject, entry.Credential
	record.Status, record.Reason = statuslist.Revocation, reason
	record.StatusList, record.StatusIndex = i.listURL(entry.Place.List), &entry.Place.Index
	return true, i.log.Append(tx, record)
}

// Entries returns what is known of the credentials of one record.
func (i *Issuer) Entries(profile, key string) (entries []status.Entry, err error) {
	p, ok := i.profiles[profile]
	if !ok {
		return nil, fmt.Errorf("%w: %s", ErrNotAllowed, profile)
	}
	err = i.store.View(func(tx *store.Tx) error {
		entries, err = i.bySubject(tx, p, key)
		return err
	})
	return entries, err
}

// bySubject returns the entries of one record, under each of its pseudonyms.
func (i *Issuer) bySubject(tx *store.Tx, p *profile, key string) (entries []status.Entry, err error) {
	for _, subject := range i.subjects(p.register(), key) {
		found, err := status.BySubject(tx, p.name, subject)
		if err != nil {
			return nil, err
		}
		entries = append(entries, found...)
	}
	return entries, nil
}

// Entry returns what is known of a credential.
func (i *Issuer) Entry(id string) (entry status.Entry, err error) {
	err = i.store.View(func(tx *store.Tx) error {
		entry, err = status.Find(tx, id)
		return err
	})
	return entry, err
}
