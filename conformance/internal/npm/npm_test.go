package npm_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/conformance/internal/npm"
)

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// programs puts a node that does nothing and an npm that runs a script alone on
// the path.
func programs(t *testing.T, script string) {
	t.Helper()
	folder := t.TempDir()
	write(t, filepath.Join(folder, "node"), "#!/bin/sh\n", 0o700)
	write(t, filepath.Join(folder, "npm"), "#!/bin/sh\n"+script+"\n", 0o700)
	t.Setenv("PATH", folder+":/bin:/usr/bin")
}

// TestInstall gets packages once a lock file.
func TestInstall(t *testing.T) {
	programs(t, `mkdir -p node_modules; echo "$*" >> runs`)
	folder := t.TempDir()
	for _, lock := range []string{"first", "first", "second"} {
		write(t, filepath.Join(folder, "package-lock.json"), lock, 0o600)
		if err := npm.Install(t.Context(), folder, t.Output()); err != nil {
			t.Fatal(err)
		}
	}
	runs, err := os.ReadFile(filepath.Join(folder, "runs"))
	if want := strings.Repeat("ci --ignore-scripts --prefer-offline\n", 2); err != nil || string(runs) != want {
		t.Errorf("got %q, %v, want %q", runs, err, want)
	}
}

// TestInstallFails: what failed is tried again.
func TestInstallFails(t *testing.T) {
	programs(t, `mkdir -p node_modules; echo no network; exit 1`)
	folder := t.TempDir()
	if err := npm.Install(t.Context(), folder, t.Output()); !errors.Is(err, os.ErrNotExist) || errors.Is(err, npm.ErrUnavailable) {
		t.Errorf("without a lock file: %v", err)
	}
	write(t, filepath.Join(folder, "package-lock.json"), "{}", 0o600)
	for range 2 {
		if err := npm.Install(t.Context(), folder, t.Output()); !errors.Is(err, npm.ErrUnavailable) || !strings.Contains(err.Error(), "no network") {
			t.Errorf("got %v", err)
		}
	}
	t.Setenv("PATH", t.TempDir())
	if err := npm.Install(t.Context(), folder, t.Output()); !errors.Is(err, npm.ErrUnavailable) || !strings.Contains(err.Error(), "node is not installed") {
		t.Errorf("without Node.js: %v", err)
	}
}
