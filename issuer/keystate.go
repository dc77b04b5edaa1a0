package issuer

import (
	"crypto"
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
