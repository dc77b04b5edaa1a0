package main

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// checkpointKeys returns the keys that may have signed checkpoints of an issuer,
// those of former days too.
func checkpointKeys(ctx context.Context, o operator) (public []crypto.PublicKey, err error) {
	known, err := o.Keys(ctx)
	if err != nil {
		return nil, err
	}
	for _, k := range known {
		if k.Kind != key.Ed25519 {
			continue
		}
		_, fragment, _ := strings.Cut(k.Method, "#")
		one, err := did.KeyFrom("did:key:" + fragment)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", k.Method, err)
		}
		public = append(public, one)
	}
	return public, nil
}

// openAnyCheckpoint opens a checkpoint that one of some keys has signed.
func openAnyCheckpoint(data []byte, keys []crypto.PublicKey) (c logproof.Checkpoint, err error) {
	for _, public := range keys {
		if c, err = logproof.OpenCheckpoint(data, public); err == nil {
			break
		}
	}
	return c, err
}

// judged is a checkpoint that a key of the issuer has signed.
type judged struct {
	note
	checkpoint logproof.Checkpoint
	key        crypto.PublicKey // nil while none is known that signed it
	former     *announced       // what the log says of the key; nil for the one that the reader has
}

// announced is a key that the log tells of.
type announced struct {
	id      string // did:key
	key     crypto.PublicKey
	record  uint64 // the first that tells of it
	revoked bool
}

// told is what a person is told of a checkpoint that such a key signed.
func (k *announced) told() (text string) {
	if k == nil {
		return ""
	}
	text = fmt.Sprintf(", which %s signed, a key of this log by its record %d", k.id, k.record)
	if k.revoked {
		text += " that was revoked later"
	}
	return text
}

func plain(all []judged) (checkpoints []logproof.Checkpoint) {
	for _, one := range all {
		checkpoints = append(checkpoints, one.checkpoint)
	}
	return checkpoints
}

// judge opens checkpoints with the reader's key or, where it did not sign one,
// with the keys that the log tells of. A reader with a key believes the log in
// that as far as a checkpoint goes that a believed key has signed, so that who has
// the log alone cannot have it name a key; whether the log is the one of these
// checkpoints the walk over it shows. In the issuer's own state all of it is
// believed.
func (c logVerifyCommand) judge(ctx context.Context, notes []note, key crypto.PublicKey) ([]judged, error) {
	all := make([]judged, len(notes))
	believed := uint64(0)
	var cause error
	for n, one := range notes {
		checkpoint, err := logproof.OpenCheckpoint(one.data, key)
		if err != nil {
			all[n].note, cause = one, fmt.Errorf("%s: %w", one.place, err)
			continue
		}
		all[n] = judged{one, checkpoint, key, nil}
		believed = max(believed, checkpoint.Size)
	}
	if cause == nil || c.FromTiles != "" {
		return all, cause
	}
	if c.Key == "" && c.State == "" {
		believed = math.MaxUint64
	}
	keys, err := c.announced(ctx)
	if err != nil {
		return nil, err
	}
	for grown := true; grown; {
		grown = believe(all, keys, &believed)
	}
	for _, one := range all {
		if one.key == nil {
			return nil, fmt.Errorf("%w, nor any that the log is believed to name: give a checkpoint, too, that this key signed after it took over, or --key with the key of then", cause)
		}
	}
	return all, nil
}

// believe opens what the keys that records before believed tell of have signed,
// and tells whether there was any. What a key signed that was revoked is no reason
// to believe more.
func believe(all []judged, keys []*announced, believed *uint64) (grown bool) {
	for n := range all {
		for _, k := range keys {
			if all[n].key != nil || k.record >= *believed {
				continue
			}
			checkpoint, err := logproof.OpenCheckpoint(all[n].data, k.key)
			if err != nil {
				continue
			}
			all[n].checkpoint, all[n].key, all[n].former, grown = checkpoint, k.key, k, true
			if !k.revoked {
				*believed = max(*believed, checkpoint.Size)
			}
		}
	}
	return grown
}

// announced returns the keys of checkpoints that the log tells of.
func (c logVerifyCommand) announced(ctx context.Context) (keys []*announced, err error) {
	err = c.read(ctx, func(tx *store.Tx) error {
		log, err := c.opened(tx)
		if err != nil {
			return err
		}
		for _, data := range log.records() {
			r, err := logproof.Decode(data)
			if err != nil || r.Kind != logproof.KeyChanged {
				continue // the walk tells what is no record
			}
			_, fragment, _ := strings.Cut(r.Key, "#")
			public, err := did.KeyFrom("did:key:" + fragment)
			if _, signs := public.(ed25519.PublicKey); err != nil || !signs {
				continue // one of another kind, or of the log's pseudonyms
			}
			n := slices.IndexFunc(keys, func(k *announced) bool { return k.id == "did:key:"+fragment })
			if n < 0 {
				n, keys = len(keys), append(keys, &announced{id: "did:key:" + fragment, key: public, record: r.Sequence})
			}
			keys[n].revoked = keys[n].revoked || r.Status == issuer.KeyRevoked
		}
		return errors.Join(ctx.Err(), log.err())
	})
	return keys, err
}
