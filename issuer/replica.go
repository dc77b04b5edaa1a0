package issuer

import (
	"cmp"
	"context"
	"crypto"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/chancery-vc/chancery/issuer/singleuse"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/did"
)

// ErrReplica says that this process cannot be a replica of those that use the
// shared state.
var ErrReplica = errors.New("this is no replica of the issuer whose shared state it is")

// What all replicas have in common, and what is each one's own, by kind. These
// entries are not sealed: they tell which key the seals are by.
const (
	kindIssuer  = "issuer"  // part to its value
	kindReplica = "replica" // name to the identifier of its state
)

// join holds this replica against what the others said of themselves, and says
// it of itself if it is the first one.
func (i *Issuer) join(ctx context.Context) error {
	own, err := i.stateID(ctx)
	if err != nil {
		return err
	}
	for _, c := range []struct{ kind, id, value, otherwise string }{
		{kindIssuer, "url", i.config.URL, "url is another than theirs; use another schema for another issuer"},
		{kindIssuer, "issuer", i.ID(), "it signs as another issuer than they do"},
		{kindIssuer, "pairwise", i.pseudonyms.Pairwise("replicas"), "relying parties would know records by other names; stop it, copy pairwise.key from the state folder of another replica into that of this one, and start it again"},
		{kindReplica, i.config.Replica, own, fmt.Sprintf("another state folder is that of the replica %s; each has a name of its own, which is never used again", cmp.Or(i.config.Replica, "without a name"))},
	} {
		kept, err := singleuse.GetOrPut(ctx, i.shared, singleuse.Entry{Key: singleuse.Key{Kind: c.kind, ID: c.id}, Value: []byte(c.value)})
		if err != nil {
			return fmt.Errorf("shared_state: %w", err)
		}
		if string(kept.Value) != c.value {
			return fmt.Errorf("%w: %s", ErrReplica, c.otherwise)
		}
	}
	return nil
}

// stateID returns what no other state is called.
func (i *Issuer) stateID(ctx context.Context) (id string, err error) {
	var fresh [16]byte
	if _, err := io.ReadFull(i.random, fresh[:]); err != nil {
		return "", err
	}
	err = i.store.Update(ctx, func(tx *store.Tx) error {
		kept := tx.Get(bucketIdentity, []byte("state"))
		if kept == nil {
			kept = []byte(base64.RawURLEncoding.EncodeToString(fresh[:]))
		}
		id = string(kept)
		return tx.Put(bucketIdentity, []byte("state"), kept)
	})
	return id, err
}

// checkShard keeps a state from becoming that of another replica: its log and
// its status lists would be found elsewhere.
func (i *Issuer) checkShard(tx *store.Tx) error {
	kept := tx.Get(bucketIdentity, []byte("replica"))
	if begun := tx.Get(bucketIdentity, []byte("url")) != nil; begun && string(kept) != i.config.Replica {
		return fmt.Errorf("%w: it is that of the replica %s, not of %s; use the former name, or another state folder",
			ErrIdentity, cmp.Or(string(kept), "without a name"), cmp.Or(i.config.Replica, "the one without a name"))
	}
	return tx.Put(bucketIdentity, []byte("replica"), []byte(i.config.Replica))
}

// replicaKeys returns the keys of other replicas that are not among own.
func (i *Issuer) replicaKeys(own ...crypto.PublicKey) (keys []crypto.PublicKey, err error) {
	seen := map[string]bool{}
	for _, key := range own {
		id, _, err := did.FromKey(key)
		if err != nil {
			return nil, err
		}
		seen[id] = true
	}
	for _, name := range slices.Sorted(maps.Keys(i.config.Replicas)) {
		for _, id := range i.config.Replicas[name].Keys {
			key, err := did.KeyFrom(id)
			if err != nil {
				return nil, fmt.Errorf("replicas.%s: %w", name, err)
			}
			if !seen[id] {
				seen[id], keys = true, append(keys, key)
			}
		}
	}
	return keys, nil
}
