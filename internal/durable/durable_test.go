package durable

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var errCrash = errors.New("the machine stopped")

// places are the ways in which a file comes to its name.
var places = map[string]func(from, to string) error{"rename": os.Rename, "link": os.Link, "rename to new": RenameNew}

func TestPlace(t *testing.T) {
	for name, place := range places {
		path := filepath.Join(t.TempDir(), "a")
		if err := Place(path, []byte("content"), 0o600, place); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if data, err := os.ReadFile(path); err != nil || string(data) != "content" {
			t.Errorf("%s: got %q, %v", name, data, err)
		}
		if files := names(t, filepath.Dir(path)); !cmp.Equal(files, []string{"a"}) {
			t.Errorf("%s: left behind: %v", name, files)
		}
	}
}

func TestPlaceOverAnother(t *testing.T) {
	for name, place := range places {
		path := filepath.Join(t.TempDir(), "a")
		if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
		err := Place(path, []byte("new"), 0o600, place)
		want := "old"
		if name == "rename" {
			want = "new"
		}
		data, readErr := os.ReadFile(path)
		if (err == nil) != (want == "new") || readErr != nil || string(data) != want {
			t.Errorf("%s: got %q, %v, %v", name, data, err, readErr)
		}
	}
}

// TestInterruptedPlace: until the file is at its place, its name shows what
// was there before, or nothing.
func TestInterruptedPlace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	var during []byte
	err := Place(path, []byte("content"), 0o600, func(from, to string) error {
		var err error
		if during, err = os.ReadFile(from); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(to); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("there is something at its place: %v", err)
		}
		return errCrash
	})
	if !errors.Is(err, errCrash) || string(during) != "content" {
		t.Errorf("got %v, and %q before it was placed", err, during)
	}
	if files := names(t, filepath.Dir(path)); len(files) > 0 {
		t.Errorf("left behind: %v", files)
	}
}

func TestPlaceWithoutAFolder(t *testing.T) {
	if err := Place(filepath.Join(t.TempDir(), "none", "a"), nil, 0o600, os.Rename); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, entry := range entries {
		all = append(all, entry.Name())
	}
	return all
}

func TestWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	if err := Write(path, []byte("content"), 0o640); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("got %v, %v", info, err)
	}
	if err := Write(path, []byte("new"), 0o640); !errors.Is(err, os.ErrExist) {
		t.Errorf("over another: %v", err)
	}
	if data, err := os.ReadFile(path); err != nil || string(data) != "content" {
		t.Errorf("got %q, %v", data, err)
	}
}
