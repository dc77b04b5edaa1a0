package issuer

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// Buckets. Whoever can write them can have a configuration logged again, and
// can change no text unseen: its digest is in the log.
const (
	bucketConfiguration  = "configuration"  // "last" to the digest of the one in use
	bucketConfigurations = "configurations" // digest, in hexadecimal, to the text of the file
)

// ErrConfiguration says that the state has no configuration with a digest.
var ErrConfiguration = errors.New("the state does not have the text of this configuration")

// logConfiguration records a configuration that was not the last one in use,
// and keeps its text, so that an auditor can read what was in force.
func (i *Issuer) logConfiguration(ctx context.Context) error {
	last, digest := []byte("last"), []byte(i.config.Digest())
	return i.store.Update(ctx, func(tx *store.Tx) error {
		if text := i.config.Text(); !bytes.Equal(tx.Get(bucketConfigurations, digest), text) {
			if err := tx.Put(bucketConfigurations, digest, text); err != nil {
				return err
			}
		}
		if string(tx.Get(bucketConfiguration, last)) == i.config.Digest() {
			return nil
		}
		record := logproof.Record{Kind: logproof.Configuration, Issuer: i.ID(), Configuration: i.config.Digest()}
		return errors.Join(i.log.Append(tx, record), tx.Put(bucketConfiguration, last, digest))
	})
}

// ConfigurationText returns the text of the configuration with a digest, or
// [ErrConfiguration] if the state does not have it, or has another one under
// its name.
func ConfigurationText(tx *store.Tx, digest string) ([]byte, error) {
	text := tx.Get(bucketConfigurations, []byte(digest))
	if text == nil {
		return nil, fmt.Errorf("%w: sha256 %s", ErrConfiguration, digest)
	}
	if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != digest {
		return nil, fmt.Errorf("%w: what is kept as sha256 %s has another digest, and was altered", ErrConfiguration, digest)
	}
	return text, nil
}
