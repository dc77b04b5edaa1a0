package issuancelog

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/chancery-vc/chancery/internal/durable"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// What the files of segments are called: the numbers of the first record and of
// the one after the last, with as many digits that names sort as numbers do.
const (
	segmentName      = "%016d-%016d"
	segmentRecords   = ".ndjson"
	segmentNote      = ".checkpoint"
	maxExportedBytes = logproof.MaxRecordBytes + 128
)

func segmentPaths(folder string, from, size uint64) (records, checkpoint string) {
	path := filepath.Join(folder, fmt.Sprintf(segmentName, from, size))
	return path + segmentRecords, path + segmentNote
}

// AppendExported appends the line that segments, and exports of a log, have of
// a record: its salt in base64, and its very bytes.
func AppendExported(data []byte, salt logproof.Salt, record []byte) []byte {
	data = append(data, exportedSalt...)
	data = base64.StdEncoding.AppendEncode(data, salt[:])
	data = append(data, exportedRecord...)
	data = append(data, record...)
	return append(data, "}\n"...)
}

const (
	exportedSalt   = `{"salt":"`
	exportedRecord = `","record":`
)

// parseExported reads such a line, without its end.
func parseExported(line []byte) (salt logproof.Salt, record []byte, err error) {
	rest, ok := bytes.CutPrefix(line, []byte(exportedSalt))
	text, rest, found := bytes.Cut(rest, []byte(exportedRecord))
	record, end := bytes.CutSuffix(rest, []byte("}"))
	decoded, err := base64.StdEncoding.Strict().DecodeString(string(text))
	if !ok || !found || !end || err != nil || len(decoded) != len(salt) {
		return salt, nil, fmt.Errorf("%w: a line without salt and record", ErrSegment)
	}
	return logproof.Salt(decoded), record, nil
}

// adopt takes over the segment that was written before, by who was stopped
// before its records went out of the state file.
func (s Sealing) adopt(segment *Segment, most uint64) error {
	files, err := segmentsIn(s.Folder)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	for _, file := range files {
		if file.From != segment.From {
			continue
		}
		if segment.Size = file.Size; file.Size > most {
			return fmt.Errorf("%w: %s is there before record %d can be sealed; move it away", ErrSegment, file.Path, file.Size-1)
		}
	}
	return err
}

// write makes the files of a segment, unless they are there.
func (l *Log) write(ctx context.Context, s Sealing, segment *Segment) error {
	if err := os.MkdirAll(s.Folder, 0o700); err != nil {
		return fmt.Errorf("folder of the segments: %w", err)
	}
	if _, err := os.Stat(segment.Path); errors.Is(err, os.ErrNotExist) {
		err = l.store.View(func(tx *store.Tx) error {
			return place(segment.Path, func(w io.Writer) error { return export(ctx, tx, w, segment.From, segment.Size) })
		})
		if err != nil {
			return fmt.Errorf("write the segment: %w", err)
		}
	}
	note, err := l.noteOf(s, segment.Size)
	if err != nil {
		return err
	}
	return durable.Place(segment.Checkpoint, note, 0o600, os.Rename)
}

func (l *Log) noteOf(s Sealing, size uint64) (note []byte, err error) {
	err = l.store.View(func(tx *store.Tx) error {
		c, err := State(tx, s.Origin, size)
		if err == nil {
			note, err = c.Sign(s.Signer)
		}
		return err
	})
	return note, err
}

func export(ctx context.Context, tx *store.Tx, w io.Writer, from, size uint64) error {
	var line []byte
	for sequence := from; sequence < size; sequence++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		opening, err := Opening(tx, sequence)
		if err != nil {
			return err
		}
		line = AppendExported(line[:0], opening.Salt, opening.Record)
		if _, err := w.Write(line); err != nil {
			return err
		}
	}
	return nil
}

// place writes a file as [durable.Place] does, without having it in memory.
func place(path string, write func(io.Writer) error) error {
	file, err := os.CreateTemp(filepath.Dir(path), durable.Partial+"*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // after a rename there is nothing to remove
	buffered := bufio.NewWriterSize(file, 1<<20)
	err = write(buffered)
	if err := errors.Join(err, buffered.Flush(), file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Rename(file.Name(), path); err != nil {
		return err
	}
	return durable.SyncDir(filepath.Dir(path))
}

// readBack returns an error unless the files of a segment say what the log
// says: each record and salt that is in the state file, and the commitment of
// each that is not any more.
func (l *Log) readBack(ctx context.Context, s Sealing, segment *Segment) error {
	digest := sha256.New()
	archive := &Archive{segments: []Segment{*segment}, copyTo: digest}
	err := l.store.View(func(tx *store.Tx) error {
		next := segment.From
		for sequence, sealed := range archive.All() {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := sealed.fits(tx, sequence); err != nil {
				return err
			}
			next++
		}
		if err := archive.Err(); err != nil {
			return err
		}
		if next != segment.Size {
			return fmt.Errorf("%w: it ends before record %d, and should have those up to %d", ErrSegment, next, segment.Size-1)
		}
		return fitsNote(tx, s, segment)
	})
	if err != nil {
		return fmt.Errorf("read the segment %s back: %w; nothing more was taken out of the state file", segment.Path, err)
	}
	segment.SHA256 = hex.EncodeToString(digest.Sum(nil))
	return nil
}

// fits returns an error unless the tree has a sealed record in this place.
func (r SealedRecord) fits(tx *store.Tx, sequence uint64) error {
	commitment, err := commitmentOf(tx, sequence)
	if err != nil {
		return err
	}
	if logproof.Commit(r.Salt, r.Record) != commitment {
		return fmt.Errorf("%w: record %d, or its salt, is another one in the log", ErrSegment, sequence)
	}
	return nil
}

// fitsNote returns an error unless the checkpoint of a segment is of this log.
func fitsNote(tx *store.Tx, s Sealing, segment *Segment) error {
	data, err := os.ReadFile(segment.Checkpoint)
	if err != nil {
		return err
	}
	c, err := logproof.OpenCheckpoint(data, s.Signer.Public())
	if err != nil {
		return err
	}
	if c.Origin != s.Origin || c.Size != segment.Size {
		return fmt.Errorf("%w: its checkpoint is of %d records of %q", ErrSegment, c.Size, c.Origin)
	}
	had, err := Had(tx, c)
	if err == nil && !had {
		err = fmt.Errorf("%w: its checkpoint is of another log", ErrSegment)
	}
	return err
}
