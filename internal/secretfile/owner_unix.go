//go:build unix

package secretfile

import (
	"os"
	"syscall"
)

// owner returns the number of the account whose the file is.
func owner(info os.FileInfo) int {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return int(stat.Uid)
	}
	return unknown
}
