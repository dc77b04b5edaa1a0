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

// MaxCheckpointBytes caps one checkpoint, with the cosignatures of witnesses.
const MaxCheckpointBytes = 16 << 10

// Checkpoint is the state of a log at one time. Its text has four lines: the
// origin, the number of records, the root of the tree in base64, and, as an
// extension line, the word chain and the hash of the last record in base64.
//
// A checkpoint of a log that had no tree yet has three lines, of which the last
// one is the hash of the last record.
type Checkpoint struct {
	Origin string
	Size   uint64
	Root   Hash // of the tree; all zeros in a checkpoint that names none
	Head   Hash // of the last record; all zeros if there is none
}

// HasRoot tells whether the checkpoint names the root of a tree.
func (c Checkpoint) HasRoot() bool { return c.Root != Hash{} }

const extensionChain = "chain "

func (c Checkpoint) text() string {
	if !c.HasRoot() {
		return fmt.Sprintf("%s\n%d\n%s\n", c.Origin, c.Size, c.Head.base64())
	}
	return fmt.Sprintf("%s\n%d\n%s\n%s%s\n", c.Origin, c.Size, c.Root.base64(), extensionChain, c.Head.base64())
}

// Sign returns the checkpoint as a signed note; the signers' name is the
// origin and their keys are Ed25519. While a key gives way to another both
// sign, so that who knows one of them can follow.
func (c Checkpoint) Sign(signer crypto.Signer, others ...crypto.Signer) ([]byte, error) {
	if !c.HasRoot() {
		return nil, fmt.Errorf("%w: it has no root to sign", ErrCheckpoint)
	}
	var signers []note.Signer
	for _, signer := range append([]crypto.Signer{signer}, others...) {
		verifier, err := noteVerifier(c.Origin, signer.Public())
		if err != nil {
			return nil, err
		}
		signers = append(signers, noteSigner{verifier, signer})
	}
	return note.Sign(&note.Note{Text: c.text()}, signers...)
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

func parseCheckpoint(text string) (c Checkpoint, err error) {
	lines := strings.Split(text, "\n")
	if len(lines) < 4 || len(lines) > 5 || lines[len(lines)-1] != "" {
		return Checkpoint{}, fmt.Errorf("%w: it does not have four lines, nor the three of a log without a tree", ErrCheckpoint)
	}
	c.Origin = lines[0]
	if c.Size, err = strconv.ParseUint(lines[1], 10, 63); err != nil {
		return Checkpoint{}, fmt.Errorf("%w: the number of records is not a number", ErrCheckpoint)
	}
	head := lines[2]
	if len(lines) == 5 {
		if c.Root, err = parseHash(lines[2]); err != nil {
			return Checkpoint{}, fmt.Errorf("%w: the root: %w", ErrCheckpoint, err)
		}
		head = strings.TrimPrefix(lines[3], extensionChain)
	}
	if c.Head, err = parseHash(head); err != nil {
		return Checkpoint{}, fmt.Errorf("%w: the hash of the last record: %w", ErrCheckpoint, err)
	}
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
