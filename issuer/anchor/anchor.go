// Package anchor keeps the checkpoints of an issuance log in places outside of
// the issuer's disk, so that a log that was rolled back or rewritten is
// noticed: by the issuer itself when it starts, and by anybody who reads such
// a place.
//
// A checkpoint is a signed note (C2SP signed-note, tlog-checkpoint). Of it
// this package reads the first three lines, which are the log's origin, its
// number of records and a hash over them, and nothing of its signatures: who
// makes an anchor passes in a [Judge] for them.
//
// An anchor is one of the packages file, timestamp and s3. A [Keeper] brings
// the newest checkpoint to each of them on a schedule, and [Check] holds the
// log against what they have.
//
// Errors are a [*Conflict], which carries both checkpoints, or wrap one of the
// errors below, or are those of the file system and the network.
//
// Source: C2SP tlog-checkpoint, https://c2sp.org/tlog-checkpoint; RFC 6962,
// section 3 (what a log promises), for why two checkpoints can conflict.
package anchor

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
)

// MaxCheckpointBytes caps one checkpoint, with the signatures of witnesses.
const MaxCheckpointBytes = 16 << 10

// Errors that callers can tell apart with [errors.Is].
var (
	// ErrNone says that an anchor has no checkpoint yet.
	ErrNone = errors.New("no checkpoint has been kept here yet")
	// ErrCheckpoint says that something is no checkpoint.
	ErrCheckpoint = errors.New("not a checkpoint")
	// ErrDamaged says that what an anchor has cannot be read.
	ErrDamaged = errors.New("what was kept here cannot be read")
	// ErrRefused says that an anchor did not keep a checkpoint as it was told to.
	ErrRefused = errors.New("the checkpoint was not kept as it must be")
)

// Anchor is a place that keeps checkpoints. It is safe for concurrent use.
type Anchor interface {
	// Put keeps a checkpoint. One that is kept already is not kept again. It
	// returns when the checkpoint is durable there, or ctx is done.
	Put(ctx context.Context, checkpoint []byte) error
	// Newest returns the checkpoint of the most records that is kept, or
	// [ErrNone].
	Newest(ctx context.Context) ([]byte, error)
}

// Judge returns nil for a checkpoint that the issuer signed. What others put
// into an anchor is passed over.
type Judge func(checkpoint []byte) error

// Head is what a checkpoint says of its log. Nothing of it is verified.
type Head struct {
	Origin string
	Size   uint64 // number of records
	Hash   string // base64, over all of them
}

// Read returns what a checkpoint says.
func Read(checkpoint []byte) (Head, error) {
	if len(checkpoint) > MaxCheckpointBytes {
		return Head{}, fmt.Errorf("%w: larger than %d bytes", ErrCheckpoint, MaxCheckpointBytes)
	}
	text, signatures, found := bytes.Cut(checkpoint, []byte("\n\n"))
	lines := bytes.Split(text, []byte("\n"))
	if !found || len(lines) < 3 || len(lines[0]) == 0 || !bytes.HasSuffix(signatures, []byte("\n")) {
		return Head{}, fmt.Errorf("%w: a note of three lines, a blank one and signatures was expected", ErrCheckpoint)
	}
	size, err := strconv.ParseUint(string(lines[1]), 10, 63)
	if err != nil || strconv.FormatUint(size, 10) != string(lines[1]) {
		return Head{}, fmt.Errorf("%w: its second line is not a number of records", ErrCheckpoint)
	}
	if _, err := base64.StdEncoding.Strict().DecodeString(string(lines[2])); err != nil {
		return Head{}, fmt.Errorf("%w: its third line is not a hash in base64", ErrCheckpoint)
	}
	return Head{Origin: string(lines[0]), Size: size, Hash: string(lines[2])}, nil
}
