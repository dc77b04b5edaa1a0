package csvimport

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/chancery-vc/chancery/internal/durable"
)

// magic is how every SQLite database file begins (sqlite.org/fileformat2.html).
var magic = []byte("SQLite format 3\x00")

// checkPlace refuses a place that a database cannot, or should not, take, and
// returns the mode for the new file: that of the file it replaces, or one that
// lets its owner alone read the register.
func checkPlace(dbPath string, replace bool) (fs.FileMode, error) {
	for _, suffix := range []string{"-journal", "-wal"} {
		// SQLite would apply such a file to the new database and ruin it.
		if _, err := os.Lstat(dbPath + suffix); !errors.Is(err, fs.ErrNotExist) {
			return 0, fmt.Errorf("%w: %s is there, so the database is in use or was not closed: stop what uses it, or choose another path",
				ErrExists, filepath.Base(dbPath)+suffix)
		}
	}
	file, err := os.Lstat(dbPath)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return 0o600, nil
	case err != nil:
		return 0, err
	case !replace:
		return 0, fmt.Errorf("%w: choose another path, or say that it is to be replaced", ErrExists)
	case !file.Mode().IsRegular():
		return 0, fmt.Errorf("%w, and is not a plain file: name the file itself", ErrExists)
	}
	return file.Mode().Perm(), checkDatabase(dbPath)
}

// checkDatabase keeps a slip of the operator's from replacing, say, the CSV.
func checkDatabase(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	start := make([]byte, len(magic))
	if _, err := io.ReadFull(file, start); err != nil || !bytes.Equal(start, magic) {
		return fmt.Errorf("%w, but is not an SQLite database: move it away or choose another path", ErrExists)
	}
	return nil
}

// temporaryPrefix begins the name of each temporary file of a database.
func temporaryPrefix(dbPath string) string { return "." + filepath.Base(dbPath) + ".import-" }

func newTemporary(dbPath string, mode fs.FileMode) (string, error) {
	file, err := os.CreateTemp(filepath.Dir(dbPath), temporaryPrefix(dbPath)+"*")
	if err != nil {
		return "", err
	}
	if err := errors.Join(file.Chmod(mode), file.Close()); err != nil {
		return "", errors.Join(err, os.Remove(file.Name()))
	}
	return file.Name(), nil
}

// sweep removes the temporary files of imports that were killed.
func sweep(ctx context.Context, dbPath string) error {
	entries, err := os.ReadDir(filepath.Dir(dbPath))
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), temporaryPrefix(dbPath)) {
			continue
		}
		path := filepath.Join(filepath.Dir(dbPath), entry.Name())
		if inUse(ctx, path) {
			continue
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove what an earlier import left: %w", err)
		}
	}
	return nil
}

// inUse reports whether another import is filling the file: it holds SQLite's
// lock on it, which the system drops when a process is killed.
func inUse(ctx context.Context, path string) bool {
	db, err := scratch(path)
	if err != nil {
		return false
	}
	defer db.Close()
	tx, err := db.BeginTx(ctx, nil)
	if err == nil {
		tx.Rollback()
	}
	result, ok := errors.AsType[*driver.Error](err)
	return ok && result.Code()&0xff == lib.SQLITE_BUSY
}

// place gives the finished file the name of the database, in one step and
// durably. A link, other than a rename, never replaces what came meanwhile.
func place(temporary, dbPath string, replace bool) error {
	move := os.Link
	if replace {
		move = os.Rename
	}
	if err := move(temporary, dbPath); errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w: it was made while the import ran", ErrExists)
	} else if err != nil {
		return err
	}
	return durable.SyncDir(filepath.Dir(dbPath))
}
