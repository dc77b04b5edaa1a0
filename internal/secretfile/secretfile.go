// Package secretfile reads files that hold a secret: a key, a password or a
// token. A file that others than its owner can read or write, or that is neither
// this account's nor root's, is refused, with the command that mends it. No
// error quotes what a file holds.
//
// Errors wrap [ErrMode], [ErrOwner] or [ErrContent], or are those of the file
// system.
package secretfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

var (
	// ErrMode says that others could read or change the secret.
	ErrMode = errors.New("others than the owner can read or write the file")
	// ErrOwner says that another account owns the file, and could change it.
	ErrOwner = errors.New("the file belongs to another account")
	// ErrContent says that a file does not hold what it should.
	ErrContent = errors.New("the file does not hold what it should")
)

// What a file may allow at most: one of ours, and one that systemd made, of
// which the group's bits tell what its access list gives to the service.
const (
	mode           = 0o600
	modeCredential = 0o640
)

// maxLine is the most bytes that a secret of one line may have.
const maxLine = 8 << 10

// Read returns what the file at path holds, at most so many bytes.
func Read(path string, most int) ([]byte, error) { return read(path, mode, most) }

// ReadCredential is [Read] for a file that the service manager made for this
// process alone.
func ReadCredential(path string, most int) ([]byte, error) { return read(path, modeCredential, most) }

func read(path string, allowed os.FileMode, most int) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat() // of the open file: no other can take its place
	if err != nil {
		return nil, err
	}
	if found := info.Mode().Perm(); found&^allowed != 0 {
		return nil, fmt.Errorf("%w: %s has mode %04o; run: chmod 600 %s", ErrMode, path, found, path)
	}
	if owner, self := owner(info), os.Geteuid(); foreign(owner, self) {
		return nil, fmt.Errorf("%w: %s belongs to account %d, and this runs as %d; run it as that account, or: chown %d %s", ErrOwner, path, owner, self, self, path)
	}
	data, err := io.ReadAll(io.LimitReader(file, int64(most)+1))
	if err != nil {
		return nil, err
	}
	if len(data) > most {
		return nil, fmt.Errorf("%w: %s has more than %d bytes", ErrContent, path, most)
	}
	return data, nil
}

// foreign tells whether a file's owner is neither self nor root.
func foreign(owner, self int) bool { return owner != self && owner != 0 && owner != unknown }

// unknown is the owner where the system does not tell, by number, whose a file
// is.
const unknown = -1

// Line returns the one line that the file at path holds, without the newline at
// its end.
func Line(path string) (string, error) {
	data, err := Read(path, maxLine)
	if err != nil {
		return "", err
	}
	line := strings.TrimSuffix(string(data), "\n")
	if line == "" || strings.ContainsAny(line, "\x00\r\n") {
		return "", fmt.Errorf("%w: %s does not hold one line", ErrContent, path)
	}
	return line, nil
}
