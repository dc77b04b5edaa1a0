package issuer

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/chancery-vc/chancery/internal/durable"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// bucketConfiguration has, under "last", the digest of the configuration in
// use, and, if it was approved, those of manifest and approvers. Whoever can
// write it can have that logged again.
const bucketConfiguration = "configuration"

// ConfigurationFolder, in the state folder, has the text of each configuration
// that was in force, as DIGEST.yaml, and what its approvers signed. It is not in
// the state file: copies of that go to auditors, and a configuration names who
// may ask. Nobody changes a text unseen, since its digest is in the log.
const ConfigurationFolder = "configurations"

// ErrConfiguration says that there is no configuration with a digest.
var ErrConfiguration = errors.New("the text of this configuration is not in the state folder")

// logConfiguration keeps the text of the configuration, so that an auditor can
// be shown what was in force, and records one that was not the last one in use.
func (i *Issuer) logConfiguration(ctx context.Context) error {
	if err := i.keepConfiguration(); err != nil {
		return fmt.Errorf("keep the configuration: %w", err)
	}
	last := []byte("last")
	return i.store.Update(ctx, func(tx *store.Tx) error {
		record := logproof.Record{Kind: logproof.Configuration, Issuer: i.ID(), Configuration: i.config.Digest()}
		mark := i.markApproved(&record)
		if bytes.Equal(tx.Get(bucketConfiguration, last), mark) {
			return nil
		}
		return errors.Join(i.log.Append(tx, record), tx.Put(bucketConfiguration, last, mark))
	})
}

func (i *Issuer) keepConfiguration() error {
	folder := filepath.Join(i.config.Path(i.config.State), ConfigurationFolder)
	if err := os.Mkdir(folder, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if a := i.config.Approval(); a != nil {
		if err := keepApproval(folder, a); err != nil {
			return err
		}
	}
	if _, err := ConfigurationText(folder, i.config.Digest()); err == nil {
		return nil
	}
	return durable.Place(configurationPath(folder, i.config.Digest()), i.config.Text(), 0o600, os.Rename)
}

func configurationPath(folder, digest string) string {
	return filepath.Join(folder, digest+".yaml")
}

// ConfigurationText returns the text of the configuration with a digest of the
// log, or [ErrConfiguration] if folder does not have it, or has another one
// under its name.
func ConfigurationText(folder, digest string) ([]byte, error) {
	if raw, err := hex.DecodeString(digest); err != nil || len(raw) != sha256.Size {
		return nil, fmt.Errorf("%w: %q is not a SHA-256", ErrConfiguration, digest)
	}
	text, err := os.ReadFile(configurationPath(folder, digest))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: sha256 %s", ErrConfiguration, digest)
	}
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != digest {
		return nil, fmt.Errorf("%w: what is kept as sha256 %s has another digest, and was altered", ErrConfiguration, digest)
	}
	return text, nil
}
