package secretfile_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/secretfile"
)

func write(t *testing.T, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLine(t *testing.T) {
	for _, text := range []string{"s3cret", "s3cret\n"} {
		for _, mode := range []os.FileMode{0o600, 0o400} {
			if got, err := secretfile.Line(write(t, text, mode)); got != "s3cret" || err != nil {
				t.Errorf("%q: %q, %v", text, got, err)
			}
		}
	}
	for _, text := range []string{"", "\n", "s3cret\n\n", "s3cret\r\n", "s3cret\nother", "s3cret\x00", strings.Repeat("s3cret", 2000)} {
		got, err := secretfile.Line(write(t, text, 0o600))
		if got != "" || !errors.Is(err, secretfile.ErrContent) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%.20q: %q, %v", text, got, err)
		}
	}
}

func TestMode(t *testing.T) {
	for _, mode := range []os.FileMode{0o644, 0o640, 0o604, 0o620, 0o602, 0o700, 0o601} {
		path := write(t, "s3cret", mode)
		got, err := secretfile.Read(path, 100)
		if got != nil || !errors.Is(err, secretfile.ErrMode) || !strings.Contains(err.Error(), "chmod 600 "+path) {
			t.Errorf("%04o: %q, %v", mode, got, err)
		}
	}
	if _, err := secretfile.Read(filepath.Join(t.TempDir(), "none"), 100); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func TestRead(t *testing.T) {
	path := write(t, "12345", 0o600)
	if got, err := secretfile.Read(path, 5); string(got) != "12345" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := secretfile.Read(path, 4); got != nil || !errors.Is(err, secretfile.ErrContent) {
		t.Errorf("%q, %v", got, err)
	}
}

// TestForeign: root can put a file there for the account, and nobody else can.
func TestForeign(t *testing.T) {
	path := write(t, "s3cret", 0o600)
	if os.Geteuid() != 0 {
		t.Logf("only root can give files away: the rule alone is tested")
	} else if err := os.Chown(path, 4711, -1); err != nil {
		t.Fatal(err)
	} else if got, err := secretfile.Read(path, 100); got != nil || !errors.Is(err, secretfile.ErrOwner) || !strings.Contains(err.Error(), "chown 0 "+path) {
		t.Errorf("%q, %v", got, err)
	}
	for owner, want := range map[[2]int]bool{{0, 0}: false, {0, 5}: false, {5, 5}: false, {5, 0}: true, {5, 6}: true} {
		if got := secretfile.Foreign(owner[0], owner[1]); got != want {
			t.Errorf("owner %d, account %d: foreign is %v", owner[0], owner[1], got)
		}
	}
}
