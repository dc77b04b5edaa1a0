package issuer

import (
	"context"
	"crypto"
	"fmt"
	"slices"
	"time"

	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// spareKey is a key that the document lists and that signs no answers.
type spareKey struct {
	id     string // did:key
	kind   key.Kind
	public crypto.PublicKey
	signer crypto.Signer // nil if only the public half is configured
	until  time.Time     // zero for no end
}

// ended tells whether nothing is to be verified with the key any more.
func (s spareKey) ended(now time.Time) bool { return !s.until.IsZero() && !now.Before(s.until) }

// openSpares opens the keys that do not sign answers yet, or no more.
func (i *Issuer) openSpares(ctx context.Context) error {
	for n, c := range i.config.Keys {
		s, err := i.openSpare(ctx, c)
		if err != nil {
			return fmt.Errorf("keys[%d]: %w", n, err)
		}
		i.spares = append(i.spares, s)
	}
	return i.checkSpares()
}

func (i *Issuer) openSpare(ctx context.Context, c config.Key) (s spareKey, err error) {
	s.kind, s.until = c.Kind(), c.Until.Time
	if c.Public() {
		s.id = c.Key
		s.public, err = did.KeyFrom(c.Key)
		return s, err
	}
	if s.signer, err = openKey(ctx, i.secrets, c.Key, s.kind); err != nil {
		return s, err
	}
	s.public = s.signer.Public()
	s.id, _, err = did.FromKey(s.public)
	return s, err
}

// checkSpares refuses a key that is there twice: two references can lead to one.
func (i *Issuer) checkSpares() error {
	public, second, err := i.publicKeys()
	if err != nil {
		return err
	}
	seen := []string{public, second}
	for _, s := range i.spares {
		if slices.Contains(seen, s.id) {
			return fmt.Errorf("%w: keys: %s is there twice; what signs now is not under keys", config.ErrInvalid, s.id)
		}
		seen = append(seen, s.id)
	}
	return nil
}

// spare returns the configured spare key that a did:key names, if there is one.
func (i *Issuer) spare(id string) (spareKey, bool) {
	n := slices.IndexFunc(i.spares, func(s spareKey) bool { return s.id == id })
	if n < 0 {
		return spareKey{}, false
	}
	return i.spares[n], true
}

// newDocument returns the document of the issuer: the keys that sign, the spare
// ones, those of other replicas, and those that were revoked.
func (i *Issuer) newDocument(id string, revoked ...did.Listed) (*did.Document, error) {
	own := []crypto.PublicKey{i.signer.Public()}
	if i.second != nil {
		own = append(own, i.second.Public())
	}
	var listed []did.Listed
	for _, public := range own {
		listed = append(listed, did.Listed{Key: public})
	}
	for _, s := range i.spares {
		if own = append(own, s.public); !s.ended(i.now()) && !isAmong(s.public, revoked) {
			listed = append(listed, did.Listed{Key: s.public, Expires: s.until})
		}
	}
	others, err := i.replicaKeys(own...)
	if err != nil {
		return nil, err
	}
	for _, public := range others {
		if !isAmong(public, revoked) {
			listed = append(listed, did.Listed{Key: public})
		}
	}
	return did.NewDocumentOf(id, append(listed, revoked...)...)
}

func isAmong(public crypto.PublicKey, listed []did.Listed) bool {
	return slices.ContainsFunc(listed, func(l did.Listed) bool {
		same, ok := l.Key.(interface{ Equal(crypto.PublicKey) bool })
		return ok && same.Equal(public)
	})
}

// document returns what is published of the issuer's keys.
func (i *Issuer) document() *did.Document {
	if d := i.published.Load(); d != nil {
		return d
	}
	return i.minter.Issuer()
}

// cosigning returns the spare keys that sign checkpoints as well.
func (i *Issuer) cosigning() []crypto.Signer {
	var signers []crypto.Signer
	for _, s := range i.spares {
		_, err := i.document().KeyAt(i.ID()+"#"+fragment(s.id), "assertionMethod", i.now())
		if s.signer != nil && s.kind == key.Ed25519 && err == nil {
			signers = append(signers, s.signer)
		}
	}
	return signers
}

// signCheckpoint signs the state of the log with the key that signs now, and with
// the spare ones. If one of those is away, relying parties that know the other
// can still follow.
func (i *Issuer) signCheckpoint() ([]byte, error) {
	others := i.cosigning()
	data, err := i.log.Checkpoint(i.Origin(), i.signer, others...)
	if err == nil || len(others) == 0 {
		return data, err
	}
	i.warn(fmt.Sprintf("a checkpoint is not signed with the keys under keys: %v", err))
	return i.log.Checkpoint(i.Origin(), i.signer)
}

// openCheckpoint opens a checkpoint that a key of this issuer has signed, be it
// one of former days: what anchors keep was signed then.
func (i *Issuer) openCheckpoint(data []byte) (logproof.Checkpoint, error) {
	keys, err := i.checkpointKeys()
	if err != nil {
		return logproof.Checkpoint{}, err
	}
	var c logproof.Checkpoint
	for _, public := range keys {
		if c, err = logproof.OpenCheckpoint(data, public); err == nil {
			break
		}
	}
	return c, err
}
