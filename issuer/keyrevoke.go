package issuer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/credential"
)

// Why a key cannot be revoked.
var (
	ErrNoKey     = errors.New("the issuer has no such key; chancery key list has them")
	ErrSince     = errors.New("a key cannot have been out since a time to come")
	ErrKeyActive = errors.New("the key signs now: make another one, configure it as signing_key or selective_key, list this one under keys, start the issuer again, and then revoke it")
)

// KeyRevocation says which key to revoke.
type KeyRevocation struct {
	Method string    `json:"method"`
	Since  time.Time `json:"since"` // when somebody else may have got it
}

// RevokeKey has the DID document say that a key was revoked: verifiers that know
// it take nothing any more that the key has signed, whenever that says it was
// made, for whoever has the key can say what they like. There is no way back,
// but Since can be moved. It returns what the key was before.
func (i *Issuer) RevokeKey(ctx context.Context, r KeyRevocation) (KeyInfo, error) {
	var before KeyInfo
	err := i.store.Update(ctx, func(tx *store.Tx) error {
		kept, err := keptKeys(tx)
		if err != nil {
			return err
		}
		id, since := "did:key:"+methodFragment(r.Method), r.Since.UTC().Truncate(time.Second)
		was, there := kept[id]
		switch {
		case since.After(i.now()):
			return fmt.Errorf("%w: %s", ErrSince, credential.FormatTime(since))
		case there && r.Method != was.Method, !there && r.Method != i.methodOf(id):
			return ErrNoKey
		case i.signs(id):
			return ErrKeyActive
		case !there:
			return ErrNoKey
		case was.Status == KeyRevoked && was.Since.Equal(since):
			before = was
			return nil
		}
		before, was.Since = was, since
		return i.changeKey(tx, id, was, KeyRevoked, "since "+credential.FormatTime(since))
	})
	if err != nil {
		return KeyInfo{}, err
	}
	return before, i.publishKeys()
}

// signs tells whether a key signs answers now.
func (i *Issuer) signs(id string) bool {
	public, second, err := i.publicKeys()
	return err == nil && (id == public || id == second)
}
