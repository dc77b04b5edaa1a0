// Package npm gets the packages of programs in JavaScript.
package npm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// ErrUnavailable means that this machine lacks Node.js, or cannot get packages.
var ErrUnavailable = errors.New("what is in JavaScript cannot run here")

// Install gets the packages of the lock file in a folder, unless they are there:
// a copy of it stands beside what was installed by it. Without a lock file the
// error is [os.ErrNotExist].
func Install(ctx context.Context, folder string, progress io.Writer) error {
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			return fmt.Errorf("%w: %s is not installed; install Node.js 20 or later: %w", ErrUnavailable, program, err)
		}
	}
	lock, err := os.ReadFile(filepath.Join(folder, "package-lock.json"))
	if err != nil {
		return err
	}
	installed := filepath.Join(folder, "node_modules", "installed.json")
	if done, err := os.ReadFile(installed); err == nil && bytes.Equal(done, lock) {
		return nil
	}
	fmt.Fprintln(progress, "getting the packages of the peers with npm")
	command := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--prefer-offline")
	command.Dir = folder
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: npm cannot get the packages; is there a network? %w\n%s", ErrUnavailable, err, out)
	}
	return os.WriteFile(installed, lock, 0o600)
}
