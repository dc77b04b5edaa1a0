package witness

import (
	"crypto"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"github.com/chancery-vc/chancery/verifier/logproof"
)

// maxLogs caps how many keys of logs are configured.
const maxLogs = 10_000

// ErrLogs says that a list of logs is none.
var ErrLogs = errors.New("not a list of logs")

// Log is one that is witnessed, with a key of it.
type Log struct {
	Origin   string
	key      string
	verifier note.Verifier
}

// String returns the line of a list that names l.
func (l Log) String() string {
	if l.Origin == l.verifier.Name() {
		return l.key
	}
	return l.key + " " + l.Origin
}

// NewLog returns the log of an origin and an Ed25519 key, which its signature
// lines name by the origin.
func NewLog(origin string, key crypto.PublicKey) (Log, error) {
	public, ok := key.(ed25519.PublicKey)
	if !ok {
		return Log{}, fmt.Errorf("%w: the key is not one of Ed25519", ErrLogs)
	}
	vkey, err := note.NewEd25519VerifierKey(origin, public)
	if err != nil {
		return Log{}, fmt.Errorf("%w: %w", ErrLogs, err)
	}
	return ParseLog(vkey)
}

// ParseLog reads a line of a list: a verifier key (C2SP signed-note) and, if
// the origin of the log is not the name of that key, a space and the origin.
func ParseLog(line string) (Log, error) {
	key, origin, other := strings.Cut(line, " ")
	verifier, err := note.NewVerifier(key)
	if err != nil {
		return Log{}, fmt.Errorf("%w: %.100q does not begin with the verifier key of a log, of the form name+id+key", ErrLogs, line)
	}
	_, rest, _ := strings.Cut(key, "+")
	_, encoded, _ := strings.Cut(rest, "+")
	data, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(data) == 0 {
		return Log{}, fmt.Errorf("%w: the key in %.100q is not in base64", ErrLogs, line)
	}
	// A key for which anybody can sign would have the log be anybody's.
	if _, err := logproof.NewWitness(verifier.Name(), ed25519.PublicKey(data[1:])); err != nil {
		return Log{}, fmt.Errorf("%w: %w", ErrLogs, err)
	}
	if !other {
		origin = verifier.Name()
	}
	if origin == "" || strings.TrimSpace(origin) != origin || strings.ContainsAny(origin, "\r\n\t") {
		return Log{}, fmt.Errorf("%w: in %.100q no origin of a log comes after the key", ErrLogs, line)
	}
	return Log{origin, key, verifier}, nil
}

// ParseLogs reads a list: a line each, empty ones and those that begin with #
// aside. An origin may stand there with several keys.
func ParseLogs(text []byte) ([]Log, error) {
	var logs []Log
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		l, err := ParseLog(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		if logs = append(logs, l); len(logs) > maxLogs {
			return nil, fmt.Errorf("%w: it has more than %d", ErrLogs, maxLogs)
		}
	}
	return logs, nil
}
