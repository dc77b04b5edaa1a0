package postgres

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// ErrPassword says that a password's file cannot be used.
var ErrPassword = errors.New("the password file cannot be used")

// maxPassword is the most bytes that a password may have.
const maxPassword = 1 << 10

// Password reads the password at path: all of the file but a newline at its
// end. It refuses a file that others than its owner can read or write.
func Password(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrPassword, err)
	}
	defer file.Close()
	info, err := file.Stat() // of the open file: no other can take its place
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrPassword, err)
	}
	if mode := info.Mode().Perm(); mode&^0o600 != 0 {
		return "", fmt.Errorf("%w: %s has mode %04o, so that others can read or write it; run: chmod 600 %s", ErrPassword, path, mode, path)
	}
	data, err := io.ReadAll(io.LimitReader(file, maxPassword+1))
	password := strings.TrimSuffix(string(data), "\n")
	switch {
	case err != nil:
		return "", fmt.Errorf("%w: %w", ErrPassword, err)
	case password == "" || len(password) > maxPassword || strings.ContainsAny(password, "\x00\r\n"):
		return "", fmt.Errorf("%w: %s does not hold one line of at most %d bytes", ErrPassword, path, maxPassword)
	}
	return password, nil
}
