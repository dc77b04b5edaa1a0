package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"

	"github.com/chancery-vc/chancery/internal/durable"
)

// create makes an empty state file at path if nothing is there. bbolt makes one
// in several writes, and a crash between them would leave a file that nobody
// can open; so it is made beside path and brought there whole.
func create(path string) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	dir := filepath.Dir(path)
	file, err := os.CreateTemp(dir, durable.Partial+"*")
	if err != nil {
		return fmt.Errorf("make the state file: %w", err)
	}
	defer os.Remove(file.Name())
	if err := errors.Join(file.Close(), empty(file.Name())); err != nil {
		return fmt.Errorf("make the state file: %w", err)
	}
	if err := os.Link(file.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) { // another process was faster
		return fmt.Errorf("make the state file: %w", err)
	}
	return durable.SyncDir(dir)
}

// empty makes an empty state file, durably.
func empty(path string) error {
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		return err
	}
	return errors.Join(db.Sync(), db.Close())
}
