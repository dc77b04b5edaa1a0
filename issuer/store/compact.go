package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"

	"github.com/chancery-vc/chancery/internal/durable"
)

// compactAtOnce is how many bytes one transaction of a compaction writes.
const compactAtOnce = 8 << 20

// Compact writes the file at path anew, without the room of what was taken out
// of it, and puts it in the place of the former. Stopped at any moment, it
// leaves the one or the other. It returns [ErrLocked] if another process has
// the file open.
func Compact(path string) (err error) {
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("state file: %w", err)
	}
	former, err := Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, former.Close()) }() // no sooner: until then nobody else opens it
	draft, err := os.CreateTemp(filepath.Dir(path), durable.Partial+"*")
	if err != nil {
		return fmt.Errorf("compact the state file: %w", err)
	}
	defer os.Remove(draft.Name()) // after a rename there is nothing to remove
	if err := errors.Join(draft.Chmod(0o600), draft.Close(), guard(func() error { return copyInto(draft.Name(), former.db) })); err != nil {
		return fmt.Errorf("compact the state file: %w", err)
	}
	if err := os.Rename(draft.Name(), path); err != nil {
		return fmt.Errorf("compact the state file: %w", err)
	}
	return durable.SyncDir(filepath.Dir(path))
}

// isAt tells whether an open file is still the one at path.
func isAt(file *os.File, path string) bool {
	opened, err := file.Stat()
	there, err2 := os.Stat(path)
	return err == nil && err2 == nil && os.SameFile(opened, there)
}

// copyInto copies all that a state file has. Each of its transactions is
// durable.
func copyInto(path string, former *bbolt.DB) error {
	compact, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockWait})
	if err != nil {
		return err
	}
	return errors.Join(bbolt.Compact(compact, former, compactAtOnce), compact.Close())
}
