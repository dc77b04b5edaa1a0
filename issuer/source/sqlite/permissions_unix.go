//go:build unix

package sqlite

import (
	"os"
	"syscall"
)

// writeAccess is W_OK of access(2).
const writeAccess = 2

// mayWrite tells whether the file or folder can be written.
func mayWrite(path string) bool { return syscall.Access(path, writeAccess) == nil }

// mayChangeMode tells whether the user is the file's owner, or root.
func mayChangeMode(path string) bool {
	file, err := os.Stat(path)
	if err != nil {
		return false
	}
	owner, ok := file.Sys().(*syscall.Stat_t)
	return os.Geteuid() == 0 || !ok || int(owner.Uid) == os.Geteuid()
}
