// Package durable writes files that survive a kill or a loss of power: whole,
// or not there.
package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Partial starts the names of files that are being written. One that a crash
// left behind is to be passed over.
const Partial = ".partial-"

// Write writes a new file. A crash in the middle can leave a part of it: it is
// for files that count only once something else says so.
func Write(path string, data []byte, mode fs.FileMode) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return SyncDir(filepath.Dir(path))
}

// Place writes a file beside path and brings it there whole by place:
// [os.Rename] replaces what is there, [os.Link] and [RenameNew] leave it and
// fail.
func Place(path string, data []byte, mode fs.FileMode, place func(from, to string) error) error {
	dir := filepath.Dir(path)
	file, err := os.CreateTemp(dir, Partial+"*")
	if err != nil {
		return fmt.Errorf("write in %s: %w", dir, errors.Unwrap(err))
	}
	defer os.Remove(file.Name()) // after a rename there is nothing to remove
	_, err = file.Write(data)
	if err := errors.Join(err, file.Chmod(mode), file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := place(file.Name(), path); err != nil {
		return err
	}
	return SyncDir(dir)
}

// RenameNew is [os.Rename] to where nothing is yet. Unlike [os.Link] it works
// on the file systems of memory sticks; a crash in the middle leaves an empty
// file.
func RenameNew(from, to string) error {
	reserved, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := reserved.Close(); err != nil {
		return err
	}
	return os.Rename(from, to)
}

// SyncDir makes names that are new in dir durable.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
