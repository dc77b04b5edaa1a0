package pseudonym

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/chancery-vc/chancery/internal/durable"
	"github.com/chancery-vc/chancery/issuer/store"
)

// ErrMissing says that a key is not where it must be.
var ErrMissing = errors.New("a key of the log's pseudonyms is missing")

// pairwiseFile has the key of what relying parties are told.
const pairwiseFile = "pairwise.key"

// Beginning is what a state is when its keys are opened.
type Beginning struct {
	Fresh bool      // the log has no record yet, so that there need be no key
	Time  time.Time // of the first record, or now
}

// Open returns the keys in the state folder. The first one is made only for a
// log that is fresh; one that is missing is [ErrMissing], unless it was
// destroyed.
func Open(ctx context.Context, s *store.Store, folder string, random io.Reader, b Beginning) (*Keys, error) {
	k := &Keys{store: s, folder: folder, random: random}
	var periods []Period
	err := s.View(func(tx *store.Tx) (err error) { periods, err = Periods(tx); return err })
	if err != nil {
		return nil, err
	}
	if len(periods) == 0 {
		if periods, err = k.first(ctx, b); err != nil {
			return nil, err
		}
	}
	if err := k.load(periods); err != nil {
		return nil, err
	}
	return k, k.openPairwise(ctx)
}

// Read returns the keys in a state folder, for looking names up only.
func Read(tx *store.Tx, folder string) (*Keys, error) {
	k := &Keys{folder: folder}
	periods, err := Periods(tx)
	if err != nil {
		return nil, err
	}
	return k, k.load(periods)
}

// first begins the first period.
func (k *Keys) first(ctx context.Context, b Beginning) ([]Period, error) {
	p := Period{Number: 1, Begin: b.Time, State: Kept}
	if _, err := os.Stat(k.path(p.file())); errors.Is(err, os.ErrNotExist) && b.Fresh {
		if err := k.create(p.file()); err != nil {
			return nil, err
		}
	}
	if _, err := k.secret(p.file()); err != nil {
		return nil, err
	}
	return []Period{p}, k.store.Update(ctx, p.put)
}

// load reads the keys of all periods whose key is kept.
func (k *Keys) load(periods []Period) error {
	for _, p := range periods {
		if p.State != Kept {
			continue
		}
		secret, err := k.secret(p.file())
		if err != nil {
			return err
		}
		k.living = append(k.living, key{p.Number, secret})
	}
	return nil
}

// openPairwise reads the key of what relying parties are told, and makes it if
// none was made before.
func (k *Keys) openPairwise(ctx context.Context) (err error) {
	var made bool
	err = k.store.View(func(tx *store.Tx) error { made = tx.Get(bucketPairwise, []byte("made")) != nil; return nil })
	if err != nil {
		return err
	}
	if !made {
		if err := k.create(pairwiseFile); err != nil {
			return err
		}
	}
	if k.pairwise, err = k.secret(pairwiseFile); err != nil || made {
		return err
	}
	return k.store.Update(ctx, func(tx *store.Tx) error { return tx.Put(bucketPairwise, []byte("made"), []byte{}) })
}

func (k *Keys) path(file string) string { return filepath.Join(k.folder, file) }

// secret reads a key.
func (k *Keys) secret(file string) ([]byte, error) {
	data, err := os.ReadFile(k.path(file))
	if err == nil && len(data) != sha256.Size {
		err = fmt.Errorf("it has %d bytes, not %d", len(data), sha256.Size)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w; bring it back from your backup: another one would give other names", ErrMissing, k.path(file), err)
	}
	return data, nil
}

// create makes a key, in the place of one that was made and never used.
func (k *Keys) create(file string) error {
	data := make([]byte, sha256.Size)
	if _, err := io.ReadFull(k.random, data); err != nil {
		return fmt.Errorf("make %s: %w", k.path(file), err)
	}
	if err := durable.Place(k.path(file), data, 0o600, os.Rename); err != nil {
		return fmt.Errorf("make %s: %w", k.path(file), err)
	}
	return nil
}
