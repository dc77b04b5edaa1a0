package logproof

import (
	"crypto"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// ErrCheckpoint is the kind of every error about a checkpoint.
var ErrCheckpoint = errors.New("not a checkpoint of this issuer")

// MaxCheckpointBytes caps one checkpoint.
const MaxCheckpointBytes = 4 << 10

// Checkpoint is the state of a log at one time. Its text has three lines:
// the origin, the number of records, and the hash of the last of them in
// base64.
type Checkpoint struct {
	Origin string
	Size   uint64
	Head   Hash
}

func (c Checkpoint) text() string {
	return fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, base64.StdEncoding.EncodeToString(c.Head[:]))
}

// Sign returns the checkpoint as a signed note; the signer's name is the
// origin and its key is Ed25519.
func (c Checkpoint) Sign(signer crypto.Signer) ([]byte, error) {
	verifier, err := noteVerifier(c.Origin, signer.Public())
	if err != nil {
		return nil, err
	}
	return note.Sign(&note.Note{Text: c.text()}, noteSigner{verifier, signer})
}

// OpenCheckpoint returns the checkpoint that data holds, if it was signed with
// key.
func OpenCheckpoint(data []byte, key crypto.PublicKey) (Checkpoint, error) {
	if len(data) > MaxCheckpointBytes {
		return Checkpoint{}, fmt.Errorf("%w: larger than %d bytes", ErrCheckpoint, MaxCheckpointBytes)
	}
	origin, _, _ := strings.Cut(string(data), "\n")
	verifier, err := noteVerifier(origin, key)
	if err != nil {
		return Checkpoint{}, err
	}
	n, err := note.Open(data, note.VerifierList(verifier))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("%w: %w", ErrCheckpoint, err)
	}
	for _, signature := range n.Sigs { // which package note reads leniently
		if _, err := base64.StdEncoding.Strict().DecodeString(signature.Base64); err != nil {
			return Checkpoint{}, fmt.Errorf("%w: %w", ErrCheckpoint, err)
		}
	}
	return parseCheckpoint(n.Text)
}

func parseCheckpoint(text string) (Checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return Checkpoint{}, fmt.Errorf("%w: it does not have three lines", ErrCheckpoint)
	}
	size, err := strconv.ParseUint(lines[1], 10, 63)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("%w: the number of records is not a number", ErrCheckpoint)
	}
	head, err := base64.StdEncoding.Strict().DecodeString(lines[2])
	if err != nil || len(head) != len(Hash{}) {
		return Checkpoint{}, fmt.Errorf("%w: the hash is not 32 bytes of base64", ErrCheckpoint)
	}
	c := Checkpoint{Origin: lines[0], Size: size, Head: Hash(head)}
	if c.text() != text {
		return Checkpoint{}, fmt.Errorf("%w: not in its one form", ErrCheckpoint)
	}
	return c, nil
}

func noteVerifier(name string, key crypto.PublicKey) (note.Verifier, error) {
	public, ok := key.(ed25519.PublicKey)
	if !ok {
		return nil, fmt.Errorf("%w: checkpoints are signed with Ed25519", ErrCheckpoint)
	}
	text, err := note.NewEd25519VerifierKey(name, public)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCheckpoint, err)
	}
	verifier, err := note.NewVerifier(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCheckpoint, err)
	}
	return verifier, nil
}

// noteSigner signs notes with a key that never leaves its holder.
type noteSigner struct {
	note.Verifier
	signer crypto.Signer
}

func (s noteSigner) Sign(message []byte) ([]byte, error) {
	return s.signer.Sign(nil, message, crypto.Hash(0))
}
