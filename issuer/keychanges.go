package issuer

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// logKeys records what the configuration has made of each key, once there has
// been more than the keys of the beginning, and lists the keys.
func (i *Issuer) logKeys(ctx context.Context) error {
	wanted, err := i.wantedKeys()
	if err != nil {
		return err
	}
	err = i.store.Update(ctx, func(tx *store.Tx) error {
		kept, err := keptKeys(tx)
		if err != nil || len(kept)+len(i.spares) == 0 {
			return err
		}
		if err := i.logFormer(tx, kept); err != nil {
			return err
		}
		return errors.Join(i.logChanges(tx, kept, wanted), i.bindKeys(tx))
	})
	if err != nil {
		return err
	}
	return i.publishKeys()
}

// bindKeys has the state belong to the keys that sign. It comes with their
// records, so that after a start that failed those of before are good again.
func (i *Issuer) bindKeys(tx *store.Tx) error {
	public, second, err := i.publicKeys()
	if err != nil {
		return err
	}
	err = tx.Put(bucketIdentity, []byte(identitySigning), []byte(public))
	if second != "" {
		err = errors.Join(err, tx.Put(bucketIdentity, []byte(identitySelective), []byte(second)))
	}
	return err
}

// logFormer records of keys that signed before any rotation that they did.
func (i *Issuer) logFormer(tx *store.Tx, kept map[string]KeyInfo) error {
	for _, id := range slices.Sorted(maps.Keys(kept)) {
		if info := kept[id]; info.Status == "" {
			if err := i.changeKey(tx, id, info, KeyActive, ""); err != nil {
				return err
			}
			info.Status = KeyActive
			kept[id] = info
		}
	}
	return nil
}

// logChanges records the difference between what was kept and what is wanted.
// The keys that sign come first: what they take over from goes out after them.
func (i *Issuer) logChanges(tx *store.Tx, kept, wanted map[string]KeyInfo) error {
	ids := slices.Sorted(maps.Keys(wanted))
	slices.SortStableFunc(ids, func(a, b string) int { return strings.Compare(wanted[a].Status, wanted[b].Status) })
	for _, id := range ids {
		was, is := kept[id], wanted[id]
		if was.Status == KeyRevoked || was.Status == is.Status && was.Until.Equal(is.Until) {
			continue
		}
		i.warnOfKey(id, was, is, hasKind(kept, is.Kind))
		is.Signed = is.Signed || was.Signed
		if err := i.changeKey(tx, id, is, is.Status, until(is.Until)); err != nil {
			return err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(kept)) {
		was := kept[id]
		if _, there := wanted[id]; there || was.Status == KeyRetired || was.Status == KeyRevoked {
			continue
		}
		if err := i.changeKey(tx, id, was, KeyRetired, ""); err != nil {
			return err
		}
		if !was.Signed { // it can come back: nobody has anything of it
			if err := tx.Delete(bucketKeys, []byte(id)); err != nil {
				return err
			}
		}
	}
	return nil
}

// hasKind tells whether there has been a key of this kind before.
func hasKind(kept map[string]KeyInfo, kind key.Kind) bool {
	for _, info := range kept {
		if info.Kind == kind {
			return true
		}
	}
	return false
}

func until(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return "until " + credential.FormatTime(t)
}

// changeKey keeps and records what becomes of a key.
func (i *Issuer) changeKey(tx *store.Tx, id string, info KeyInfo, becomes, reason string) error {
	info.Method, info.Status, info.At = i.methodOf(id), becomes, i.now().UTC().Truncate(time.Second)
	if err := putKey(tx, id, info); err != nil {
		return err
	}
	return i.log.Append(tx, logproof.Record{Kind: logproof.KeyChanged, Key: info.Method, Status: becomes, Reason: reason, Configuration: i.config.Digest()})
}

// warnOfKey tells what relying parties are about to miss.
func (i *Issuer) warnOfKey(id string, was, is KeyInfo, rotated bool) {
	longest := i.now().Add(i.longestValidity())
	switch {
	case is.Status == KeyActive && was.Status == "" && rotated:
		i.warn(fmt.Sprintf("the key %s signs without having been under keys before: whoever has no bundle and no DID document from now on does not know it", id))
	case is.Status == KeyPublished && was.Status == KeyActive && !is.Until.IsZero() && is.Until.Before(longest):
		i.warn(fmt.Sprintf("the key %s ends at %s, and what it has signed may be valid until %s: verifiers refuse it from then on", id, credential.FormatTime(is.Until), credential.FormatTime(longest)))
	}
}

func (i *Issuer) longestValidity() (longest time.Duration) {
	for _, p := range i.config.Profiles {
		longest = max(longest, p.Validity.Std())
	}
	for _, c := range i.config.VCAPI.Callers {
		longest = max(longest, c.Validity.Std())
	}
	return longest
}
