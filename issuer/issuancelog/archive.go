package issuancelog

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"

	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// Archive is the segments that were moved out of a log.
type Archive struct {
	segments []Segment
	copyTo   io.Writer // if not nil, gets the bytes that are read
	err      error
}

// SealedRecord is a record that was moved out, with its salt.
type SealedRecord struct {
	Salt   logproof.Salt
	Record []byte
}

// OpenArchive returns the segments in a folder. They must follow each other
// from the first record on, as many as there are.
func OpenArchive(folder string) (*Archive, error) {
	files, err := segmentsIn(folder)
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%w: there is none in %s", ErrSegment, folder)
	}
	next := uint64(0)
	for _, file := range files {
		if file.From > next {
			return nil, fmt.Errorf("%w: %s begins with record %d, and there is none with record %d before it; bring it back to that folder", ErrSegment, file.Path, file.From, next)
		}
		if file.From < next {
			return nil, fmt.Errorf("%w: %s begins with record %d, which the one before it has as well; leave one of them in that folder", ErrSegment, file.Path, file.From)
		}
		next = file.Size
	}
	return &Archive{segments: files}, nil
}

// segmentsIn returns the segments in a folder in order, by their names.
func segmentsIn(folder string) (files []Segment, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("folder of the segments: %w", err)
	}
	for _, entry := range entries {
		name, ok := strings.CutSuffix(entry.Name(), segmentRecords)
		if !ok || strings.HasPrefix(name, ".") {
			continue
		}
		var s Segment
		if _, err := fmt.Sscanf(name, segmentName, &s.From, &s.Size); err != nil || name != fmt.Sprintf(segmentName, s.From, s.Size) ||
			s.From >= s.Size || s.From%logproof.TileWidth+s.Size%logproof.TileWidth > 0 {
			return nil, fmt.Errorf("%w: %s is not what one is called", ErrSegment, filepath.Join(folder, entry.Name()))
		}
		s.Path, s.Checkpoint = segmentPaths(folder, s.From, s.Size)
		files = append(files, s)
	}
	return files, nil
}

// Size returns how many records the segments are of.
func (a *Archive) Size() uint64 { return a.segments[len(a.segments)-1].Size }

// Err returns why [Archive.All] ended before it should have, if it did.
func (a *Archive) Err() error { return a.err }

// All yields the records in order. A line that is none is yielded as a record
// that cannot be read.
func (a *Archive) All() iter.Seq2[uint64, SealedRecord] {
	return func(yield func(uint64, SealedRecord) bool) {
		for _, segment := range a.segments {
			more, err := a.read(segment, yield)
			if err != nil {
				a.err = fmt.Errorf("segment %s: %w", segment.Path, err)
			}
			if !more || err != nil {
				return
			}
		}
	}
}

func (a *Archive) read(segment Segment, yield func(uint64, SealedRecord) bool) (more bool, err error) {
	file, err := os.Open(segment.Path)
	if err != nil {
		return false, err
	}
	defer file.Close()
	input := io.Reader(file)
	if a.copyTo != nil {
		input = io.TeeReader(file, a.copyTo)
	}
	lines := bufio.NewReaderSize(input, maxExportedBytes)
	for sequence := segment.From; ; sequence++ {
		line, err := lines.ReadSlice('\n')
		switch {
		case errors.Is(err, io.EOF) && len(line) == 0:
			return sequence == segment.Size, ended(sequence, segment.Size)
		case err != nil: // the last line has an end as well
			return false, fmt.Errorf("%w: record %d is cut off, or too long: %w", ErrSegment, sequence, err)
		case sequence == segment.Size:
			return false, fmt.Errorf("%w: it has more records than its name says", ErrSegment)
		}
		line = line[:len(line)-1]
		sealed := SealedRecord{Record: copyOf(line)}
		if salt, record, err := parseExported(line); err == nil {
			sealed = SealedRecord{salt, copyOf(record)}
		}
		if !yield(sequence, sealed) {
			return false, nil
		}
	}
}

func ended(sequence, size uint64) error {
	if sequence == size {
		return nil
	}
	return fmt.Errorf("%w: it ends before record %d, and its name says that it has those up to %d", ErrSegment, sequence, size-1)
}

// Find returns a record that was moved out.
func (a *Archive) Find(sequence uint64) (found SealedRecord, err error) {
	for _, segment := range a.segments {
		if sequence < segment.From || sequence >= segment.Size {
			continue
		}
		one := Archive{segments: []Segment{segment}}
		for n, sealed := range one.All() {
			if n == sequence {
				return sealed, nil
			}
		}
		return SealedRecord{}, one.err
	}
	return SealedRecord{}, fmt.Errorf("%w: no segment has record %d", ErrSegment, sequence)
}

// WholeRecords yields the records of a log, those in its segments first.
func WholeRecords(tx *store.Tx, a *Archive) iter.Seq2[uint64, []byte] {
	return func(yield func(uint64, []byte) bool) {
		for entry := range WholeEntries(tx, a) {
			if entry.Record != nil && !yield(entry.Number, entry.Record) {
				return
			}
		}
	}
}

// WholeEntries yields what a log has of each record, and of those that were
// moved out what its segments have.
func WholeEntries(tx *store.Tx, a *Archive) iter.Seq[logproof.Entry] {
	return func(yield func(logproof.Entry) bool) {
		next, stop := iter.Pull2(a.All())
		defer stop()
		sequence, sealed, ok := next()
		for entry := range Entries(tx) {
			for ok && sequence < entry.Number {
				sequence, sealed, ok = next()
			}
			if entry.Sealed && ok && sequence == entry.Number {
				entry.Record, entry.Salt = sealed.Record, sealed.Salt
			}
			if !yield(entry) {
				return
			}
		}
	}
}
