package issuancelog

import (
	"context"
	"crypto"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// bucketSealed has what was moved out: at "end" the number of records and the
// hash of the last one, at "plan" the first number and the number of records of
// a segment that is being moved out. Whoever can write it can hide records; the
// tree, the record that tells of them and the published checkpoints show it.
const bucketSealed = "log-sealed"

var (
	sealedEnd  = []byte("end")
	sealedPlan = []byte("plan")
)

// Errors that callers can tell apart with [errors.Is].
var (
	// ErrSealed says that a record was moved out of the state file.
	ErrSealed = errors.New("the record was sealed and is not in the state file: name the folder of the segments with --sealed")
	// ErrNothingToSeal says that no whole tile of records is to be moved out.
	ErrNothingToSeal = fmt.Errorf("nothing to seal: segments are of %d records each, or a multiple, and end before the first question that is open", logproof.TileWidth)
	// ErrSegment says that a segment is not what was moved out of this log.
	ErrSegment = errors.New("not a segment of this log")
)

// sealAtOnce is how many records go out of the state file in one transaction.
const sealAtOnce = 16 * logproof.TileWidth

// Sealing says which records to move out: those that are both before a number
// and before a time, as far as they fill tiles.
type Sealing struct {
	Size   uint64    // 0 for all
	Before time.Time // zero for all
	Folder string    // where segments go; it is made if it is not there
	Origin string    // name of the log
	Signer crypto.Signer
}

// Segment is a run of records in files of its own.
type Segment struct {
	From       uint64 `json:"from"` // number of its first record
	Size       uint64 `json:"size"` // of the log up to its end
	Path       string `json:"path"`
	Checkpoint string `json:"checkpoint"` // path of the signed state of the log up to its end
	SHA256     string `json:"sha256"`     // of the file, in hexadecimal
}

// SealedSize returns how many records were moved out.
func SealedSize(tx *store.Tx) (uint64, error) {
	start, err := Start(tx)
	return start.Size, err
}

// Start returns where the records begin that are in the state file: the size of
// the log before them, and the hash of the last one that was moved out.
func Start(tx *store.Tx) (start logproof.Checkpoint, err error) {
	data := tx.Get(bucketSealed, sealedEnd)
	if data == nil {
		return start, nil
	}
	if len(data) != 8+len(start.Head) {
		return start, fmt.Errorf("%w: what was sealed is not known", ErrDamaged)
	}
	start.Size, start.Head = binary.BigEndian.Uint64(data), logproof.Hash(data[8:])
	return start, nil
}

// Seal moves records out of the state file into a segment, with their salts.
// They go out of the state file when the segment is durable and was read back.
// The tree stays, and a record tells of it. Stopped at any moment, it can be
// called again to go on. It returns [ErrNothingToSeal] if there are none.
func (l *Log) Seal(ctx context.Context, s Sealing) (Segment, error) {
	l.sealing.Lock()
	defer l.sealing.Unlock()
	segment, begun, err := l.plan(s)
	if err != nil {
		return Segment{}, err
	}
	if !begun {
		if err := l.write(ctx, s, &segment); err != nil {
			return Segment{}, err
		}
	}
	if _, err := os.Stat(segment.Path); begun && errors.Is(err, fs.ErrNotExist) {
		return Segment{}, fmt.Errorf("%w: the records up to %d are being moved out, and %s is not there: name the folder that has it", ErrSegment, segment.Size-1, segment.Path)
	}
	if err := l.readBack(ctx, s, &segment); err != nil {
		return Segment{}, err
	}
	if !begun {
		if err := l.store.Update(ctx, func(tx *store.Tx) error { return l.tell(tx, segment) }); err != nil {
			return Segment{}, err
		}
	}
	for done := false; !done; {
		if err := l.store.Update(ctx, func(tx *store.Tx) (err error) { done, err = moveOut(tx); return err }); err != nil {
			return Segment{}, err
		}
	}
	return segment, nil
}

// plan returns the segment that is to be moved out, and tells whether that was
// begun before: then records may be in the segment alone.
func (l *Log) plan(s Sealing) (segment Segment, begun bool, err error) {
	err = l.store.View(func(tx *store.Tx) error {
		if plan := tx.Get(bucketSealed, sealedPlan); len(plan) == 16 {
			segment.From, segment.Size, begun = binary.BigEndian.Uint64(plan), binary.BigEndian.Uint64(plan[8:]), true
			return nil
		}
		if segment.From, err = SealedSize(tx); err != nil {
			return err
		}
		if segment.Size, err = s.end(tx, segment.From); err != nil {
			return err
		}
		most, err := Sealing{}.end(tx, segment.From)
		return errors.Join(err, s.adopt(&segment, most))
	})
	if err == nil && segment.Size <= segment.From {
		err = ErrNothingToSeal
	}
	segment.Path, segment.Checkpoint = segmentPaths(s.Folder, segment.From, segment.Size)
	return segment, begun, err
}

// end returns up to where records can be moved out: whole tiles, so that what
// is published stays, and no question that is open.
func (s Sealing) end(tx *store.Tx, from uint64) (uint64, error) {
	size, err := Size(tx)
	if err != nil {
		return 0, err
	}
	if s.Size > 0 {
		size = min(size, s.Size)
	}
	for key := range tx.All(bucketOpen) {
		size = min(size, binary.BigEndian.Uint64(key))
		break
	}
	if !s.Before.IsZero() {
		if size, err = before(tx, s.Before, from, size); err != nil {
			return 0, err
		}
	}
	return size / logproof.TileWidth * logproof.TileWidth, nil
}

// before returns the number of the first record that is not before a time.
func before(tx *store.Tx, at time.Time, from, size uint64) (uint64, error) {
	for key, data := range tx.From(bucketRecords, number(from)) {
		sequence := binary.BigEndian.Uint64(key)
		if sequence >= size {
			break
		}
		when, err := logproof.TimeOf(data)
		if err != nil {
			return 0, damaged(sequence, err.Error())
		}
		if !when.Before(at) {
			return sequence, nil
		}
	}
	return size, nil
}

// tell adds the record of what is moved out, and holds on to that it is.
func (l *Log) tell(tx *store.Tx, s Segment) error {
	root, err := Root(tx, s.Size)
	if err != nil {
		return err
	}
	record := logproof.Record{Kind: logproof.Sealed, Size: &s.Size, Root: base64.StdEncoding.EncodeToString(root[:])}
	return errors.Join(
		l.Append(tx, record),
		tx.Put(bucketSealed, sealedPlan, append(number(s.From), number(s.Size)...)),
	)
}

// moveOut takes the next records of the plan, and their salts, out of the state
// file. It tells whether those were the last.
func moveOut(tx *store.Tx) (done bool, err error) {
	plan := tx.Get(bucketSealed, sealedPlan)
	if len(plan) != 16 {
		return true, nil
	}
	start, err := Start(tx)
	if err != nil {
		return false, err
	}
	size := binary.BigEndian.Uint64(plan[8:])
	end := min(start.Size+sealAtOnce, size)
	for ; start.Size < end; start.Size++ {
		opening, err := Opening(tx, start.Size)
		if err != nil {
			return false, err
		}
		leaf, err := leafOf(tx, start.Size)
		if err != nil {
			return false, err
		}
		start.Head, leaf.Salt = logproof.HashOf(opening.Record), logproof.Salt(opening.Commitment())
		if err := errors.Join(tx.Put(bucketLeaves, number(start.Size), leaf.Encode()), tx.Delete(bucketRecords, number(start.Size))); err != nil {
			return false, err
		}
	}
	if done = end == size; done {
		err = tx.Delete(bucketSealed, sealedPlan)
	}
	return done, errors.Join(err, tx.Put(bucketSealed, sealedEnd, append(number(start.Size), start.Head[:]...)))
}

// commitmentOf returns what the tree has of a record.
func commitmentOf(tx *store.Tx, sequence uint64) (logproof.Hash, error) {
	sealed, err := SealedSize(tx)
	if err != nil {
		return logproof.Hash{}, err
	}
	if sequence < sealed {
		leaf, err := leafOf(tx, sequence)
		return logproof.Hash(leaf.Salt), err
	}
	opening, err := Opening(tx, sequence)
	return opening.Commitment(), err
}
