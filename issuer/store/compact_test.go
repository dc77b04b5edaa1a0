package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/issuer/store"
)

// TestCompact: what was deleted is gone from the disk, and nothing else.
func TestCompact(t *testing.T) {
	s, path := open(t)
	secret := bytes.Repeat([]byte("secret"), 100)
	err := s.Update(t.Context(), func(tx *store.Tx) (err error) {
		for n := range 1000 {
			err = errors.Join(err, tx.Put("b", fmt.Appendf(nil, "gone %04d", n), secret), tx.Put("b", fmt.Appendf(nil, "kept %04d", n), []byte("v")))
		}
		return err
	})
	if err == nil {
		err = s.Update(t.Context(), func(tx *store.Tx) (err error) {
			for n := range 1000 {
				err = errors.Join(err, tx.Delete("b", fmt.Appendf(nil, "gone %04d", n)))
			}
			return err
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := store.Compact(path); !errors.Is(err, store.ErrLocked) {
		t.Errorf("while it is open: %v", err)
	}
	before, large := content(t, s), sizeOf(t, path)
	if err := errors.Join(s.Close(), store.Compact(path)); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(data, secret[:12]) || int64(len(data)) > large/2 {
		t.Errorf("of %d bytes there are %d, and perhaps what was deleted", large, len(data))
	}
	if s, err = store.Open(path); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if diff := cmp.Diff(before, content(t, s)); diff != "" {
		t.Error(diff)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
	if files, err := os.ReadDir(filepath.Dir(path)); err != nil || len(files) != 1 {
		t.Errorf("left behind: %v, %v", files, err)
	}
}

func sizeOf(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

func TestCompactNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.db")
	if err := store.Compact(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a file was made")
	}
}
