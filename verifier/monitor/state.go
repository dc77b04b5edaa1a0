package monitor

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/durable"
	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// ErrState says that a state file is not that of this log.
var ErrState = errors.New("the state file is not that of this log and key: name another, or keep it as evidence")

const (
	// maxState caps a state file: JSON can write a byte in six.
	maxState = 6*logproof.MaxCheckpointBytes + 1024
	mode     = 0o644
)

// State is what was seen of a log. Whoever can write the file can make the
// monitor forget.
type State struct {
	// Checkpoint is the last one that was found to continue what was before.
	Checkpoint string `json:"checkpoint"`
	// Since is when it was first seen, or cosigned.
	Since time.Time `json:"since"`
	// Behind is since when another place shows more; zero if none does.
	Behind time.Time `json:"behind,omitzero"`
	// Entries is how many entries were checked.
	Entries uint64 `json:"entries"`
}

// Read returns the state in the file at path; an empty one if there is none.
func Read(path string) (*State, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &State{}, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := web.ReadBody(file, maxState)
	var s State
	if err == nil {
		err = json.Unmarshal(data, &s, json.RejectUnknownMembers(true))
	}
	if err == nil && s.Checkpoint == "" {
		err = errors.New("it has no checkpoint")
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrState, path, err)
	}
	return &s, nil
}

// Write keeps s in the file at path. What was never seen is not kept.
func (s *State) Write(path string) error {
	if s.Checkpoint == "" {
		return nil
	}
	data, err := json.Marshal(s, jsontext.WithIndent("  "))
	if err != nil {
		return err
	}
	return durable.Place(path, append(data, '\n'), mode, os.Rename)
}

// Keep writes the evidence of an alarm into folder, once, and returns where.
func (a Alarm) Keep(folder string) (path string, err error) {
	data, err := json.Marshal(a, jsontext.WithIndent("  "))
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(a.Seen + a.Found))
	path = filepath.Join(folder, "evidence-"+string(a.Kind)+"-"+hex.EncodeToString(sum[:8])+".json")
	err = durable.Place(path, append(data, '\n'), mode, os.Link)
	if errors.Is(err, fs.ErrExist) {
		err = nil // the same two checkpoints
	}
	return path, err
}
