package main

import (
	"bufio"
	"crypto/rand"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/chancery-vc/chancery/issuer/access"
	"github.com/chancery-vc/chancery/issuer/access/slowhash"
)

// Lengths of keys that people chose: characters at least, bytes at most.
const (
	minChosen = 16
	maxChosen = access.MaxKey
)

type tokenCommand struct {
	Slow bool `help:"Do not make a token: read a key that people chose from standard input, and print its slow hash."`
}

func (tokenCommand) Help() string {
	return "The token goes to standard output, for the caller; it is kept nowhere. The line for the caller\nunder vc_api or consult in the configuration goes to standard error.\n\nExamples:\n  chancery token > civil-office.token\n  chancery token --slow < school.key"
}

func (c tokenCommand) Run(s streams) error {
	if c.Slow {
		return hashChosen(s)
	}
	token, digest, err := access.NewToken(rand.Reader)
	if err != nil {
		return err
	}
	fmt.Fprintln(s.out, token)
	fmt.Fprintln(s.err, "token_sha256: "+digest)
	return nil
}

// hashChosen prints the line of the configuration for a key that people chose.
// One that is too short is guessed, however slow its hash is.
func hashChosen(s streams) error {
	line, err := bufio.NewReader(io.LimitReader(s.in, maxChosen+2)).ReadString('\n')
	if err != nil && line == "" {
		return fmt.Errorf("read the key from standard input: %w", err)
	}
	key := strings.TrimRight(line, "\r\n")
	if n := utf8.RuneCountInString(key); n < minChosen || len(key) > maxChosen || !utf8.ValidString(key) {
		return no(fmt.Sprintf("the key has %d characters; it needs %d at least, and at most %d bytes", n, minChosen, maxChosen))
	}
	hash, err := slowhash.New(key, rand.Reader)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "key_hash: %s\n", hash)
	return nil
}
