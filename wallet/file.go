package wallet

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// partial is the pattern of files that are being written. One that a crash
// left behind is passed over.
const partial = ".partial-*"

// writeFile writes a file of mode 0600 that appears at path whole or not at
// all. place brings it there: [os.Rename] replaces what is there, [os.Link]
// and renameNew leave it and fail.
func writeFile(path string, data []byte, place func(from, to string) error) error {
	dir := filepath.Dir(path)
	file, err := os.CreateTemp(dir, partial) // mode 0600
	if err != nil {
		return fmt.Errorf("write in %s: %w", dir, errors.Unwrap(err))
	}
	defer os.Remove(file.Name()) // after a rename there is nothing to remove
	_, err = file.Write(data)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := place(file.Name(), path); err != nil {
		return err
	}
	return syncDir(dir)
}

// renameNew is [os.Rename] to where nothing is yet. Unlike [os.Link] it works
// on the file systems of memory sticks; a crash in the middle leaves an empty
// file.
func renameNew(from, to string) error {
	reserved, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := reserved.Close(); err != nil {
		return err
	}
	return os.Rename(from, to)
}

// syncDir makes the new name in dir durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
