// Package testdata finds the material that tests read in place: official test
// vectors and a real register, kept beside the checkout and never copied into
// it.
//
// Tests of official vectors are called TestVectors and something, with a
// subtest a case: docs/conformance.md is made of what they say.
package testdata

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// Env names the environment variable that moves the folder elsewhere.
const Env = "CHANCERY_SHARED"

// Path returns the absolute path of name below the shared folder, or skips the
// test and says what was skipped.
func Path(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join(Root(), filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		t.Skipf("skipped: %s is not here (set %s to the folder that holds it)", name, Env)
	}
	return path
}

// Read returns the contents of the file name below the shared folder.
func Read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(Path(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// KeyNotApplicable is the attribute of a test that [NotApplicable] sets.
const KeyNotApplicable = "not-applicable"

// NotApplicable says of a case of official vectors why it asks for nothing that
// this project does, or for something that it refuses on purpose, which the
// test goes on to show. It is no skip: a skipped test is one that found nothing
// to run on.
func NotApplicable(t testing.TB, reason string) {
	t.Helper()
	t.Attr(KeyNotApplicable, reason)
}

// Root returns the shared folder, which may be absent.
func Root() string {
	if dir := os.Getenv(Env); dir != "" {
		return dir
	}
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..", "..", "shared")
}
