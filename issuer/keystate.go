package issuer

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/credential"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// bucketKeys has what became of each key, by its did:key, from the first rotation
// on. Whoever can write it can have a former key sign again; the log tells.
const bucketKeys = "keys"

// Parts of the identity that a state is bound to.
const (
	identitySigning   = "signing key"
	identitySelective = "selective key"
)

// What becomes of a key; records of the log have these words.
const (
	KeyPublished = "published" // listed, and signs no answers: not yet, or no more
	KeyActive    = "active"    // signs
	KeyRetired   = "retired"   // listed no more
	KeyRevoked   = "revoked"   // nothing is to be verified with it
)

// KeyInfo is what became of a key.
type KeyInfo struct {
	Method string    `json:"method"` // URL of the verification method
	Kind   key.Kind  `json:"kind"`
	Status string    `json:"status"`           // empty for one that signed before anything was kept of it
	Signed bool      `json:"signed,omitzero"`  // whether it has ever been active
	Until  time.Time `json:"until,omitzero"`   // of a published one: when it ends
	Since  time.Time `json:"since,omitzero"`   // of a revoked one: when it was out
	At     time.Time `json:"changed,omitzero"` // when the status became this
}

func fragment(id string) string { return strings.TrimPrefix(id, "did:key:") }

// keptKeys returns what became of each key.
func keptKeys(tx *store.Tx) (map[string]KeyInfo, error) {
	kept := map[string]KeyInfo{}
	for id, data := range tx.All(bucketKeys) {
		var info KeyInfo
		if err := json.Unmarshal(data, &info); err != nil {
			return nil, fmt.Errorf("state of the key %s: %w", id, err)
		}
		kept[string(id)] = info
	}
	return kept, nil
}

func putKey(tx *store.Tx, id string, info KeyInfo) error {
	data, err := json.Marshal(info)
	if err != nil {
		return err
	}
	return tx.Put(bucketKeys, []byte(id), data)
}

// rotates tells whether another key may take the place of the one that the state
// was bound to so far: the configuration must still list that.
func (i *Issuer) rotates(tx *store.Tx, kind key.Kind, before string) (bool, error) {
	kept, err := keptKeys(tx)
	if err != nil {
		return false, err
	}
	former, known := kept[before]
	if known && former.Status == KeyRevoked {
		return true, nil // it stays in the document in any case
	}
	s, listed := i.spare(before)
	if !listed || s.kind != kind {
		return false, nil
	}
	if !known {
		err = putKey(tx, before, KeyInfo{Method: i.methodOf(before), Kind: kind, Signed: true})
	}
	return true, err
}

func (i *Issuer) methodOf(id string) string { return i.ID() + "#" + fragment(id) }

// checkKeys keeps keys that are out from signing again, and those that have signed
// from being forgotten.
func (i *Issuer) checkKeys(tx *store.Tx) error {
	kept, err := keptKeys(tx)
	if err != nil {
		return err
	}
	wanted, err := i.wantedKeys()
	if err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(kept)) {
		was, is := kept[id], wanted[id]
		ended := was.Status == KeyRetired || was.Status == KeyRevoked
		switch {
		case is.Status == KeyActive && ended:
			return fmt.Errorf("%w: the key %s was %s at %s and signs no more; make a new one", ErrIdentity, id, was.Status, credential.FormatTime(was.At))
		case is.Status == "" && was.Signed && !ended && (was.Until.IsZero() || i.now().Before(was.Until)):
			return fmt.Errorf("%w: the key %s has signed, and nothing that it signed could be verified any more: list it under keys until that has ended", ErrIdentity, id)
		}
	}
	return nil
}

// wantedKeys returns what the configuration makes of each key now.
func (i *Issuer) wantedKeys() (map[string]KeyInfo, error) {
	public, second, err := i.publicKeys()
	if err != nil {
		return nil, err
	}
	wanted := map[string]KeyInfo{public: {Kind: key.Ed25519, Status: KeyActive, Signed: true}}
	if second != "" {
		wanted[second] = KeyInfo{Kind: key.P256, Status: KeyActive, Signed: true}
	}
	for _, s := range i.spares {
		info := KeyInfo{Kind: s.kind, Status: KeyPublished, Until: s.until.UTC()}
		if s.ended(i.now()) {
			info.Status = KeyRetired
		}
		wanted[s.id] = info
	}
	return wanted, nil
}

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

// publishKeys makes the document that is published.
func (i *Issuer) publishKeys() error {
	var revoked []did.Listed
	err := i.store.View(func(tx *store.Tx) error {
		kept, err := keptKeys(tx)
		for _, id := range slices.Sorted(maps.Keys(kept)) {
			if kept[id].Status != KeyRevoked {
				continue
			}
			public, cause := did.KeyFrom(id)
			if cause != nil {
				return cause
			}
			revoked = append(revoked, did.Listed{Key: public, Revoked: kept[id].Since})
		}
		return err
	})
	if err != nil {
		return err
	}
	document, err := i.newDocument(i.ID(), revoked...)
	if err == nil {
		i.published.Store(document)
	}
	return err
}

// checkpointKeys returns the keys that have ever signed checkpoints, the present
// one first.
func (i *Issuer) checkpointKeys() (keys []crypto.PublicKey, err error) {
	keys = append(keys, i.signer.Public())
	for _, s := range i.spares {
		if s.kind == key.Ed25519 {
			keys = append(keys, s.public)
		}
	}
	err = i.store.View(func(tx *store.Tx) error {
		kept, err := keptKeys(tx)
		for _, id := range slices.Sorted(maps.Keys(kept)) {
			if kept[id].Kind != key.Ed25519 || !kept[id].Signed {
				continue
			}
			public, cause := did.KeyFrom(id)
			if cause != nil {
				return cause
			}
			keys = append(keys, public)
		}
		return err
	})
	return keys, err
}

// Keys returns what is known of the issuer's keys, those that sign first.
func (i *Issuer) Keys() ([]KeyInfo, error) {
	all, err := i.wantedKeys()
	if err != nil {
		return nil, err
	}
	err = i.store.View(func(tx *store.Tx) error {
		kept, err := keptKeys(tx)
		maps.Copy(all, kept)
		return err
	})
	var keys []KeyInfo
	for _, id := range slices.Sorted(maps.Keys(all)) {
		info := all[id]
		info.Method = i.methodOf(id)
		keys = append(keys, info)
	}
	slices.SortStableFunc(keys, func(a, b KeyInfo) int { return strings.Compare(a.Status, b.Status) })
	return keys, err
}
