package issuancelog_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// wantFound wants a walk over state file and segments to name a record, or the
// segments not to be read at all, with the name of the file.
func (s *sealed) wantFound(what string, number uint64, path string) {
	s.Helper()
	result, err := s.whole()
	if result == nil {
		if err == nil || !strings.Contains(err.Error(), path) {
			s.Errorf("%s: %v does not name %s", what, err, path)
		}
		return
	}
	if err == nil && !slices.ContainsFunc(result.Findings, func(f logproof.Finding) bool { return f.Sequence == number }) {
		s.Errorf("%s: found %v, and nothing about record %d", what, result.Findings, number)
	}
	if err != nil && (!strings.Contains(err.Error(), path) || len(result.Findings) == 0 && number < 2*unit) {
		s.Errorf("%s: %v does not name %s", what, err, path)
	}
}

// TestAlteredSegment: a segment of which a byte, a line or the end is another
// one is found, by the number of the record.
func TestAlteredSegment(t *testing.T) {
	s := newSealed(t, 2*unit+3)
	s.seal(unit)
	segment := s.seal(0) // the second one, so that numbers and places differ
	good, err := os.ReadFile(segment.Path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(bytes.TrimSuffix(good, []byte("\n")), []byte("\n"))
	lines[len(lines)-1] = append(lines[len(lines)-1], '\n')
	try := func(what string, number int, altered ...[]byte) {
		t.Helper()
		if err := os.WriteFile(segment.Path, bytes.Join(altered, nil), 0o600); err != nil {
			t.Fatal(err)
		}
		s.wantFound(what, uint64(unit+number), segment.Path)
	}
	for n := range lines {
		if n%23 != 0 && n != len(lines)-1 {
			continue
		}
		flipped := bytes.Clone(lines[n])
		at := rand.IntN(len(flipped))
		flipped[at] ^= 1 << rand.IntN(8)
		try(fmt.Sprintf("bit of byte %d of line %d", at, n), n, join(lines[:n], flipped, lines[n+1:])...)
		try(fmt.Sprint("without line ", n), n, join(lines[:n], nil, lines[n+1:])...)
		try(fmt.Sprint("line twice ", n), min(n+1, unit), join(lines[:n+1], lines[n], lines[n+1:])...)
		try(fmt.Sprint("cut before ", n), n, lines[:n]...)
		try(fmt.Sprint("cut within ", n), n, join(lines[:n], lines[n][:len(lines[n])/2], nil)...)
		if n > 0 {
			try(fmt.Sprint("exchanged ", n), n-1, join(lines[:n-1], append(bytes.Clone(lines[n]), lines[n-1]...), lines[n+1:])...)
		}
	}
	try("of a salt that is another record's", 0, join(nil, append(bytes.Clone(lines[1][:60]), lines[0][60:]...), lines[1:])...)
	try("too long a line", 3, join(lines[:3], bytes.Repeat([]byte("x"), 1<<17), lines[3:])...)
	if err := os.WriteFile(segment.Path, good, 0o600); err != nil {
		t.Fatal(err)
	}
	result, err := s.whole()
	if err != nil {
		t.Fatal(err)
	}
	wantWhole(t, "put back", result, 2*unit+5, 0)
}

func join(before [][]byte, line []byte, after [][]byte) [][]byte {
	return slices.Concat(before, [][]byte{line}, after)
}

// TestAlteredFolder: segments that are missing, doubled, or called something
// else are found, by the name of the file.
func TestAlteredFolder(t *testing.T) {
	for _, c := range []struct {
		name  string
		alter func(first, second issuancelog.Segment) error
		want  string
	}{
		{"the first is gone", func(first, _ issuancelog.Segment) error { return os.Remove(first.Path) }, "bring it back"},
		{"doubled", func(first, second issuancelog.Segment) error {
			data, err := os.ReadFile(second.Path)
			return errors.Join(err, os.WriteFile(strings.Replace(second.Path, fmt.Sprintf("%016d-", unit), fmt.Sprintf("%016d-", 0), 1), data, 0o600))
		}, "leave one"},
		{"called something else", func(first, _ issuancelog.Segment) error {
			return os.Rename(first.Path, filepath.Join(filepath.Dir(first.Path), "0-256.ndjson"))
		}, "is not what one is called"},
		{"no tile", func(first, second issuancelog.Segment) error {
			return os.Rename(second.Path, strings.Replace(second.Path, fmt.Sprint(2*unit), fmt.Sprint(2*unit-1), 1))
		}, "is not what one is called"},
		{"none", func(first, second issuancelog.Segment) error {
			return errors.Join(os.Remove(first.Path), os.Remove(second.Path))
		}, "there is none"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSealed(t, 2*unit+3)
			if err := c.alter(s.seal(unit), s.seal(0)); err != nil {
				t.Fatal(err)
			}
			if _, err := issuancelog.OpenArchive(s.folder); !errors.Is(err, issuancelog.ErrSegment) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v", err)
			}
		})
	}
	s := newSealed(t, 2*unit+3)
	s.seal(unit)
	if err := os.Remove(s.seal(0).Path); err != nil { // what is missing at the end only the log can tell
		t.Fatal(err)
	}
	s.wantFound("the last is gone", unit, "")
}

// TestHidden: whoever can write the state file cannot pass records off as
// sealed, nor others as those that were.
func TestHidden(t *testing.T) {
	for _, c := range []struct {
		name string
		hide func(tx *store.Tx) error
		want uint64
	}{
		{"more than a record tells of", func(tx *store.Tx) error {
			if err := tx.Put("log-sealed", []byte("end"), append(key8(2*unit), hashOf(tx, 2*unit-1)...)); err != nil {
				return err
			}
			return remove(tx, unit, 2*unit)
		}, 2*unit - 1},
		{"another hash", func(tx *store.Tx) error {
			return tx.Put("log-sealed", []byte("end"), append(key8(unit), make([]byte, 32)...))
		}, unit - 1},
		{"a leaf", func(tx *store.Tx) error {
			leaf := tx.Get("log-tree", key8(7))
			leaf[0] ^= 1
			return tx.Put("log-tree", key8(7), leaf)
		}, 7},
		{"no leaf", func(tx *store.Tx) error { return tx.Delete("log-tree", key8(7)) }, 7},
		{"no leaf at the end", func(tx *store.Tx) error { return tx.Delete("log-tree", key8(unit-1)) }, unit - 1},
		{"the record that tells", func(tx *store.Tx) error { return tx.Delete("log", key8(2*unit+3)) }, unit - 1},
		{"a record that is kept", func(tx *store.Tx) error { return tx.Delete("log", key8(unit)) }, unit},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSealed(t, 2*unit+3)
			s.seal(unit)
			s.add(3)
			wantWhole(t, "before", s.alone(), 2*unit+7, unit)
			if err := s.store.Update(t.Context(), c.hide); err != nil {
				t.Fatal(err)
			}
			result := s.alone()
			if !slices.ContainsFunc(result.Findings, func(f logproof.Finding) bool { return f.Sequence == c.want }) {
				t.Errorf("found %v, and nothing about record %d", result.Findings, c.want)
			}
		})
	}
}

func key8(n uint64) []byte {
	return []byte{0, 0, 0, 0, byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}
}

func hashOf(tx *store.Tx, n uint64) []byte {
	sum := logproof.HashOf(tx.Get("log", key8(n)))
	return sum[:]
}

func remove(tx *store.Tx, from, to uint64) (err error) {
	for n := from; n < to; n++ {
		err = errors.Join(err, tx.Delete("log", key8(n)))
	}
	return err
}

// countdown is a context that ends when it was asked so often.
type countdown struct {
	context.Context
	left int
}

func (c *countdown) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// TestSealStopped stops a seal at each of its steps: nothing is lost, and the
// next one ends it, even if it was to seal less.
func TestSealStopped(t *testing.T) {
	const most = 2*(2*unit) + 20 // it asks once a record in writing and reading back
	ended := false
	for left := 0; !ended; left++ {
		if left > 5 && left < 2*(2*unit)-5 && left%101 != 0 {
			continue
		}
		if left > most {
			t.Fatal("it never ends")
		}
		s := newSealed(t, 2*unit+3)
		before := s.export()
		_, err := s.log.Seal(&countdown{t.Context(), left}, s.terms(0))
		if ended = err == nil; !ended && !errors.Is(err, context.Canceled) {
			t.Fatalf("stopped at %d: %v", left, err)
		}
		s.reopen()
		if size := s.sealedSize(); size > 0 != ended && size != 2*unit {
			t.Errorf("stopped at %d: %d records are sealed", left, size)
		}
		if _, err := s.log.Seal(t.Context(), s.terms(unit)); err != nil && !errors.Is(err, issuancelog.ErrNothingToSeal) {
			t.Fatalf("stopped at %d, and again: %v", left, err)
		}
		if !bytes.HasPrefix(s.export(), before) {
			t.Errorf("stopped at %d: something was lost", left)
		}
		result, err := s.whole()
		if err != nil || len(result.Findings) > 0 || result.Kinds[logproof.Sealed] != 1 {
			t.Errorf("stopped at %d: %+v, %v", left, result, err)
		}
		s.store.Close()
	}
}

func (s *sealed) sealedSize() (size uint64) {
	s.Helper()
	s.view(func(tx *store.Tx) (err error) { size, err = issuancelog.SealedSize(tx); return err })
	return size
}

// TestSegmentOfAnother: what lies where a segment is to go is taken only if it
// is of this log, and nothing goes out of the state file otherwise.
func TestSegmentOfAnother(t *testing.T) {
	other := newSealed(t, unit)
	theirs := other.seal(0)
	s := newSealed(t, unit+3)
	if err := os.MkdirAll(s.folder, 0o700); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(theirs.Path)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(s.folder, filepath.Base(theirs.Path))
	for what, content := range map[string][]byte{"another's": data, "empty": {}, "cut": data[:len(data)-7]} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := s.log.Seal(t.Context(), s.terms(0)); !errors.Is(err, issuancelog.ErrSegment) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: got %v", what, err)
		}
		wantWhole(t, what, s.alone(), unit+3, 0)
	}
	if err := errors.Join(os.Remove(path), os.WriteFile(filepath.Join(s.folder, fmt.Sprintf("%016d-%016d.ndjson", 0, 9*unit)), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.log.Seal(t.Context(), s.terms(0)); !errors.Is(err, issuancelog.ErrSegment) || !strings.Contains(err.Error(), "move it away") {
		t.Errorf("of records that are not there: got %v", err)
	}
}

// TestSealElsewhere: a seal that was stopped after records had begun to go is not
// gone on with where their segment is not.
func TestSealElsewhere(t *testing.T) {
	s := newSealed(t, unit+3)
	for left := unit; ; left++ {
		if _, err := s.log.Seal(&countdown{t.Context(), left}, s.terms(0)); err == nil {
			t.Fatal("it was not stopped where this test wants it")
		}
		begun := false
		s.view(func(tx *store.Tx) error { begun = tx.Get("log-sealed", []byte("plan")) != nil; return nil })
		if begun {
			break
		}
	}
	terms := s.terms(0)
	terms.Folder = t.TempDir()
	if _, err := s.log.Seal(t.Context(), terms); !errors.Is(err, issuancelog.ErrSegment) || !strings.Contains(err.Error(), "name the folder") {
		t.Errorf("elsewhere: %v", err)
	}
	s.seal(0)
	wantWhole(t, "where it is", s.alone(), unit+4, unit)
}
