package issuer

import (
	"context"
	"crypto"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/issuer/anchor"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// Identity returns what a state is bound to, by part: address, name and public
// keys.
func Identity(tx *store.Tx) map[string]string {
	identity := map[string]string{}
	for part, value := range tx.All(bucketIdentity) {
		identity[string(part)] = string(value)
	}
	return identity
}

// IdentityKey is the part of [Identity] that is the did:key of the signing key.
const IdentityKey = "signing key"

// Anchored is what an anchor says of a log that was brought back.
type Anchored struct {
	Name string
	Kept anchor.Head // the newest that it keeps; of size 0 if there is none
	Lost uint64      // records that it has seen and the log does not have
	// Err is why the log is not what it has seen, a [*anchor.Conflict], or why
	// it could not be asked.
	Err error
}

// Conflict tells whether the log is not what the anchor has seen.
func (a Anchored) Conflict() bool {
	var conflict *anchor.Conflict
	return errors.As(a.Err, &conflict)
}

// AskAnchors holds a state that was brought back against the anchors of c.
// Checkpoints are those that public signed.
func AskAnchors(ctx context.Context, c *config.Config, s *store.Store, public crypto.PublicKey, e Environment) (found []Anchored, err error) {
	i := newIssuer(c, e)
	if err := i.openSecrets(ctx); err != nil {
		return nil, err
	}
	i.store, i.signer = s, publicOnly{public}
	defer func() { err = errors.Join(err, i.closeKeys()) }()
	i.openLater(ctx)
	var log logproof.Checkpoint
	err = s.View(func(tx *store.Tx) error {
		size, err := issuancelog.Size(tx)
		if err == nil {
			log, err = issuancelog.State(tx, i.Origin(), size)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, place := range c.Anchors {
		found = append(found, i.askAnchor(ctx, place, log))
	}
	return found, ctx.Err()
}

// openLater opens the keys that may have signed since: those of the
// configuration, as far as they are at hand.
func (i *Issuer) openLater(ctx context.Context) {
	for _, c := range append(slices.Clone(i.config.Keys), config.Key{Key: i.config.SigningKey}) {
		later, err := i.openSpare(ctx, c)
		if err != nil {
			i.warn(fmt.Sprintf("a key of the configuration is not at hand, and a checkpoint in an anchor that it alone signed is not seen: %v", err))
			continue
		}
		i.spares = append(i.spares, later)
	}
}

// askAnchor holds the log, whose newest state is given, against an anchor.
func (i *Issuer) askAnchor(ctx context.Context, c config.Anchor, log logproof.Checkpoint) Anchored {
	found := Anchored{Name: c.Name}
	opened, err := i.openAnchor(c)
	if err != nil {
		found.Err = err
		return found
	}
	ctx, cancel := context.WithTimeout(ctx, anchor.MaxWait)
	defer cancel()
	kept, err := opened.Newest(ctx)
	if errors.Is(err, anchor.ErrNone) {
		return found
	}
	if err == nil {
		found.Kept, err = anchor.Read(kept)
	}
	given := fmt.Appendf(nil, "%s\n%d\n%s\n\n\n", log.Origin, log.Size, base64.StdEncoding.EncodeToString(log.Root[:])) // nobody signed it
	switch {
	case err != nil:
		found.Err = err
	case found.Kept.Size > log.Size:
		found.Lost = found.Kept.Size - log.Size
		found.Err = &anchor.Conflict{Kind: anchor.ErrRolledBack, Kept: kept, Given: given}
	default:
		if err := i.continues(kept); err != nil {
			found.Err = errors.Join(&anchor.Conflict{Kind: anchor.ErrForked, Kept: kept, Given: given}, err)
		}
	}
	return found
}

// publicOnly is a key whose private part is elsewhere.
type publicOnly struct{ key crypto.PublicKey }

func (p publicOnly) Public() crypto.PublicKey { return p.key }

// Sign does not: what was brought back is read, and nothing is said in its name.
func (p publicOnly) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("the signing key is not at hand")
}

// bucketLoss has what anchors have seen of records that were lost, by the
// anchor's name, until the log says so.
const bucketLoss = "restore-loss"

// AcceptLoss has the log say, as soon as the issuer starts, which records that
// anchors have seen are lost.
func AcceptLoss(ctx context.Context, s *store.Store, found []Anchored) error {
	return s.Update(ctx, func(tx *store.Tx) error {
		for _, a := range found {
			if !a.Conflict() {
				continue
			}
			data, err := json.Marshal(a.Kept)
			if err != nil {
				return err
			}
			if err := tx.Put(bucketLoss, []byte(a.Name), data); err != nil {
				return err
			}
		}
		return nil
	})
}

// logLoss adds a record for each anchor that has seen more than the backup that
// the state is from.
func (i *Issuer) logLoss(ctx context.Context) error {
	return i.store.Update(ctx, func(tx *store.Tx) error {
		lost := map[string]anchor.Head{}
		for name, data := range tx.All(bucketLoss) {
			var kept anchor.Head
			if err := json.Unmarshal(data, &kept); err != nil {
				return fmt.Errorf("state %s: %w", bucketLoss, err)
			}
			lost[string(name)] = kept
		}
		for _, name := range slices.Sorted(maps.Keys(lost)) {
			size := lost[name].Size
			record := logproof.Record{Kind: logproof.Restored, Anchor: name, Size: &size, Root: lost[name].Hash, Reason: "a backup was brought back that does not have all that this anchor had seen"}
			if err := errors.Join(i.log.Append(tx, record), tx.Delete(bucketLoss, []byte(name))); err != nil {
				return err
			}
		}
		return nil
	})
}
