package issuer

import (
	"context"
	"errors"
	"fmt"

	"github.com/chancery-vc/chancery/issuer/status"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
	statuslist "github.com/chancery-vc/chancery/verifier/status"
)

// ErrNothing says that a list for revocation names something that has no
// credential.
var ErrNothing = errors.New("no credential was issued for it")

// Revoked counts what a revocation did.
type Revoked struct {
	Revoked int `json:"revoked"` // credentials revoked now
	Before  int `json:"before"`  // credentials that had been revoked before
}

// Revoke revokes credentials by identifier: all of them, or none and an error.
func (i *Issuer) Revoke(ctx context.Context, ids []string) (Revoked, error) {
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
// records with these keys: all of them, or none and an error.
func (i *Issuer) RevokeRecords(ctx context.Context, profile string, keys []string) (Revoked, error) {
	p, ok := i.profiles[profile]
	if !ok {
		return Revoked{}, fmt.Errorf("%w: %s", ErrNotAllowed, profile)
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
		counted = Revoked{} // the function may run again
		entries, err := find(tx)
		if err != nil {
			return err
		}
		for _, entry := range entries {
			changed, err := i.revokeEntry(tx, entry.Credential)
			if err != nil {
				return err
			}
			if changed {
				counted.Revoked++
			} else {
				counted.Before++
			}
		}
		return nil
	})
	if err != nil {
		return Revoked{}, fmt.Errorf("nothing was revoked: %w", err)
	}
	i.lists.forget()
	return counted, nil
}

// revokeEntry reads the entry again: a list may name a credential twice.
func (i *Issuer) revokeEntry(tx *store.Tx, id string) (changed bool, err error) {
	entry, err := status.Find(tx, id)
	if err != nil || entry.Revoked {
		return false, err
	}
	if err := status.Revoke(tx, entry, i.now()); err != nil {
		return false, err
	}
	record := i.record(Operator, entry.Profile)
	record.Kind, record.Subject, record.Credential = logproof.StatusChanged, entry.Subject, entry.Credential
	record.Status = statuslist.Revocation
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
