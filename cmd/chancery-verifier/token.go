package main

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
)

// Lengths of a token, in bytes: one that can be guessed is none.
const (
	minToken = 16
	maxToken = 4 << 10
)

// tokenForm is the form of a bearer token (RFC 6750, section 2.1).
var tokenForm = regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`)

// readToken reads the token at path. It refuses a file that others can read or
// write, and never quotes what is in it.
func readToken(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", unreadable(path, err)
	}
	defer file.Close()
	info, err := file.Stat() // of the open file: no other can take its place
	if err != nil {
		return "", unreadable(path, err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return "", fmt.Errorf("others can read or write %s (mode %04o); run: chmod 600 %s", path, mode, path)
	}
	data, err := readAll(file, path, maxToken)
	if err != nil {
		return "", err
	}
	token := bytes.TrimSpace(data)
	if len(token) < minToken || !tokenForm.Match(token) {
		return "", fmt.Errorf("%s does not hold a token: one line of at least %d letters, digits and ._~+/-, such as: head -c 32 /dev/urandom | base64", path, minToken)
	}
	return string(token), nil
}
