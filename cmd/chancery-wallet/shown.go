package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/chancery-vc/chancery/internal/durable"
	"github.com/chancery-vc/chancery/wallet"
)

// writeShown writes what whoever is shown a credential will see.
func writeShown(out io.Writer, shown wallet.Shown) error {
	if _, err := io.WriteString(out, "\nWhat will be seen:\n"); err != nil {
		return err
	}
	return writeRows(out, "  ", claims("", shown.Seen()))
}

// place writes data to a new file, mode 0600, or to the standard output if path
// is "-".
func (e *env) place(path string, data []byte) error {
	if path == "-" {
		_, err := e.stdout.Write(data)
		return err
	}
	err := durable.Place(path, data, 0o600, durable.RenameNew)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s: %w: move it away, or name another file", path, fs.ErrExist)
	}
	return err
}
