// Package issuertest makes issuers for tests, with the real packages: a folder
// with a configuration, a signing key and a synthetic register of births, a
// clock that tests move, and a holder who proves possession of a key.
package issuertest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/key"
)

// Names within a folder, as the configuration has them.
const (
	ConfigFile   = "chancery.yaml"
	KeyFile      = "signing.key"
	RegisterFile = "births.db"
)

// URL is the address of the issuers.
const URL = "https://registry.example"

// seed makes the register the same one each time.
const seed = 7

// Edit changes the text of a configuration.
type Edit func(text string) string

// Replace returns an edit that puts one text in the place of another.
func Replace(from, to string) Edit {
	return func(text string) string { return strings.Replace(text, from, to, 1) }
}

// Folder makes the folder of an issuer of births, whose register has the given
// number of records, the first of which is [civil.Known]. An edit that changes
// nothing fails the test.
func Folder(t testing.TB, rows int, edits ...Edit) string {
	t.Helper()
	dir := t.TempDir()
	text, err := config.Template(config.Start{URL: URL, Listen: "127.0.0.1:0"})
	must(t, err)
	for n, edit := range edits {
		edited := edit(text)
		if edited == text {
			t.Fatalf("edit %d of the configuration changes nothing", n)
		}
		text = edited
	}
	must(t, os.WriteFile(filepath.Join(dir, ConfigFile), []byte(text), 0o600))
	_, err = key.Create(filepath.Join(dir, KeyFile), rand.Reader)
	must(t, err)
	must(t, civil.Write(t.Context(), filepath.Join(dir, RegisterFile), rows, seed))
	return dir
}

// Births returns the register that [Folder] makes.
func Births(t testing.TB, rows int) []civil.Birth {
	t.Helper()
	all, err := civil.Births(rows, seed)
	must(t, err)
	var births []civil.Birth
	for b := range all {
		births = append(births, b)
	}
	return births
}

// Load returns the configuration of a folder.
func Load(t testing.TB, dir string) *config.Config {
	t.Helper()
	c, err := config.Load(filepath.Join(dir, ConfigFile))
	must(t, err)
	return c
}

// Register returns the register of a folder, open for writing, as the
// registry's own programs have it.
func Register(t testing.TB, dir string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, RegisterFile))
	must(t, err)
	t.Cleanup(func() { db.Close() })
	return db
}

// Exec runs statements on the register at path.
func Exec(ctx context.Context, path, statements string) error {
	db, err := sql.Open("sqlite", path)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, statements)
	return errors.Join(err, db.Close())
}

// Loosen turns the table of births into one that takes any value, twice too,
// and runs statements on it.
func Loosen(t testing.TB, dir string, statements ...string) {
	t.Helper()
	loosen := []string{"CREATE TABLE loose AS SELECT * FROM births", "DROP TABLE births", "ALTER TABLE loose RENAME TO births"}
	must(t, Exec(t.Context(), filepath.Join(dir, RegisterFile), strings.Join(append(loosen, statements...), ";")))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
