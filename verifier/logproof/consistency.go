package logproof

import (
	"bytes"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// Consistency shows that the log of a checkpoint continues the log of an
// earlier one. Its text is what C2SP tlog-witness has a log send to a witness:
// the line old and the number of records of the earlier checkpoint, the hashes,
// an empty line, and the later checkpoint.
type Consistency struct {
	Old        uint64
	Path       []Hash // RFC 6962, section 2.1.2
	Checkpoint []byte // the later signed note
}

const consistencyOld = "old "

// Encode returns the text of c.
func (c Consistency) Encode() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s%d\n", consistencyOld, c.Old)
	writePath(&b, c.Path)
	b.Write(c.Checkpoint)
	return b.Bytes()
}

// ParseConsistency reads a proof, which must be in its one form. It checks
// nothing else.
func ParseConsistency(data []byte) (c Consistency, err error) {
	if len(data) > MaxProofBytes {
		return Consistency{}, fmt.Errorf("%w: larger than %d bytes", ErrProof, MaxProofBytes)
	}
	head, checkpoint, _ := strings.Cut(string(data), "\n\n")
	if c.Old, c.Path, err = parseNumbered(consistencyOld, strings.Split(head, "\n")); err != nil {
		return Consistency{}, err
	}
	c.Checkpoint = []byte(checkpoint)
	if !bytes.Equal(c.Encode(), data) {
		return Consistency{}, fmt.Errorf("%w: not in its one form", ErrProof)
	}
	return c, nil
}

// VerifyConsistency checks that the tree of newer begins with the tree of
// older, by the proof path. Both checkpoints have been opened with the log's
// key.
func VerifyConsistency(older, newer Checkpoint, path []Hash) error {
	switch {
	case older.Origin != newer.Origin:
		return fmt.Errorf("%w: the checkpoints are of two logs, %s and %s", ErrProof, older.Origin, newer.Origin)
	case !older.HasRoot() || !newer.HasRoot():
		return fmt.Errorf("%w: a checkpoint is of a log without a tree", ErrProof)
	case older.Size > newer.Size || newer.Size > maxNumber:
		return fmt.Errorf("%w: a log of %d records does not continue one of %d", ErrProof, newer.Size, older.Size)
	case older.Size == 0 && len(path) == 0 && older.Root == HashOf(nil):
		return nil // any log continues the empty one
	case older.Size == newer.Size && older.Head != newer.Head:
		return fmt.Errorf("%w: the log is two logs: of %d records, one checkpoint says that the last is %s, another %s", ErrProof, newer.Size, older.Head, newer.Head)
	}
	if err := tlog.CheckTree(foreign(path), int64(newer.Size), tlog.Hash(newer.Root), int64(older.Size), tlog.Hash(older.Root)); err != nil {
		return fmt.Errorf("%w: the log of %d records with root %s does not continue the one of %d with root %s",
			ErrProof, newer.Size, newer.Root, older.Size, older.Root)
	}
	return nil
}
