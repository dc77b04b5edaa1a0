package issuancelog_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

const sealOrigin = "registry.example/log"

// sealed is a log that is moved out in parts.
type sealed struct {
	*testing.T
	log    *issuancelog.Log
	store  *store.Store
	path   string // of the state file
	folder string // of the segments
	key    ed25519.PrivateKey
	now    time.Time
}

// newSealed returns a log of n records, one a minute.
func newSealed(t *testing.T, n int) *sealed {
	t.Helper()
	dir := t.TempDir()
	s := &sealed{T: t, path: filepath.Join(dir, "s.db"), folder: filepath.Join(dir, "sealed"), key: credtest.Key("log"), now: clock()}
	s.store = openStore(t, s.path)
	s.reopen()
	s.add(n)
	return s
}

func (s *sealed) reopen() {
	s.Helper()
	l, err := issuancelog.Open(s.Context(), s.store, func() time.Time { return s.now }, rand.Reader)
	if err != nil {
		s.Fatal(err)
	}
	s.log = l
}

// add adds n records, each a minute after the one before it.
func (s *sealed) add(n int) {
	s.Helper()
	err := s.store.Update(s.Context(), func(tx *store.Tx) error {
		for range n {
			if err := s.log.Append(tx, logproof.Record{Kind: logproof.Refused, Reason: "test"}); err != nil {
				return err
			}
			s.now = s.now.Add(time.Minute)
		}
		return nil
	})
	if err != nil {
		s.Fatal(err)
	}
}

func (s *sealed) terms(size uint64) issuancelog.Sealing {
	return issuancelog.Sealing{Size: size, Folder: s.folder, Origin: sealOrigin, Signer: s.key}
}

func (s *sealed) seal(size uint64) issuancelog.Segment {
	s.Helper()
	segment, err := s.log.Seal(s.Context(), s.terms(size))
	if err != nil {
		s.Fatal(err)
	}
	return segment
}

func (s *sealed) view(read func(*store.Tx) error) {
	s.Helper()
	if err := s.store.View(read); err != nil {
		s.Fatal(err)
	}
}

// checkpoint returns the state of the log, which nothing was moved out of.
func (s *sealed) checkpoint(size uint64) (c logproof.Checkpoint) {
	s.Helper()
	s.view(func(tx *store.Tx) (err error) { c, err = issuancelog.State(tx, sealOrigin, size); return err })
	return c
}

// export returns all that there is of the log, as segments have it.
func (s *sealed) export() (all []byte) {
	s.Helper()
	s.view(func(tx *store.Tx) error {
		var archive *issuancelog.Archive
		size, err := issuancelog.SealedSize(tx)
		if err != nil || size == 0 {
			archive = &issuancelog.Archive{}
		} else if archive, err = issuancelog.OpenArchive(s.folder); err != nil {
			return err
		}
		for entry := range issuancelog.WholeEntries(tx, archive) {
			leaf, err := logproof.DecodeLeaf(entry.Number, entry.Leaf)
			if err != nil {
				return err
			}
			if !entry.Sealed {
				entry.Salt = leaf.Salt
			}
			all = issuancelog.AppendExported(all, entry.Salt, entry.Record)
		}
		return errors.Join(err, archive.Err())
	})
	return all
}

// alone walks over the state file without the segments.
func (s *sealed) alone(checkpoints ...logproof.Checkpoint) (result *logproof.Result) {
	s.Helper()
	s.view(func(tx *store.Tx) error {
		start, err := issuancelog.Start(tx)
		result = logproof.WalkTreeFrom(start, issuancelog.Entries(tx), checkpoints, nil)
		return err
	})
	return result
}

// whole walks over the state file and the segments.
func (s *sealed) whole(checkpoints ...logproof.Checkpoint) (result *logproof.Result, err error) {
	s.Helper()
	s.view(func(tx *store.Tx) error {
		var archive *issuancelog.Archive
		if archive, err = issuancelog.OpenArchive(s.folder); err != nil {
			return nil
		}
		result = logproof.WalkTree(issuancelog.WholeEntries(tx, archive), checkpoints, nil)
		err = archive.Err()
		return nil
	})
	return result, err
}

func wantWhole(t *testing.T, what string, r *logproof.Result, size, sealed uint64) {
	t.Helper()
	if r == nil || len(r.Findings) > 0 || r.Size != size || r.Leaves != size || r.Sealed != sealed {
		t.Errorf("%s: %+v, want %d records, %d of them sealed, and nothing found", what, r, size, sealed)
	}
}

const unit = logproof.TileWidth

// TestSeal seals at every boundary of a log, one after another: what there was
// before is in state file and segments to the byte, and both ways of checking
// find it whole and fit every checkpoint.
func TestSeal(t *testing.T) {
	s := newSealed(t, 3*unit+10)
	before := s.export()
	checkpoints := []logproof.Checkpoint{s.checkpoint(1), s.checkpoint(unit - 1), s.checkpoint(unit), s.checkpoint(unit + 1), s.checkpoint(3*unit + 10)}
	for n := uint64(1); n <= 3; n++ {
		segment := s.seal(n*unit + 5)
		data, err := os.ReadFile(segment.Path)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(data)
		if segment.From != (n-1)*unit || segment.Size != n*unit || segment.SHA256 != hex.EncodeToString(sum[:]) {
			t.Errorf("segment %d: %+v", n, segment)
		}
		checkpoints = append(checkpoints, s.checkpoint(n*unit), s.checkpoint(3*unit+10+n))
		if after := s.export(); !bytes.HasPrefix(after, before) {
			t.Errorf("seal %d: what there was is not there to the byte", n)
		}
		size := 3*unit + 10 + n
		wantWhole(t, fmt.Sprint("alone ", n), s.alone(checkpoints...), size, n*unit)
		result, err := s.whole(checkpoints...)
		if err != nil {
			t.Fatal(err)
		}
		wantWhole(t, fmt.Sprint("whole ", n), result, size, 0)
		if got := result.Kinds[logproof.Sealed]; got != int(n) {
			t.Errorf("%d records tell of %d seals", got, n)
		}
	}
	if _, err := s.log.Seal(t.Context(), s.terms(0)); !errors.Is(err, issuancelog.ErrNothingToSeal) {
		t.Errorf("sealed again: %v", err)
	}
	s.reopen()
	s.add(unit)
	wantWhole(t, "after more records", s.alone(checkpoints...), 4*unit+13, 3*unit)
}

// TestSealedTwice: a second one continues the first, and has nothing to do if
// nothing was added.
func TestSealedTwice(t *testing.T) {
	s := newSealed(t, 2*unit)
	first := s.seal(0)
	if _, err := s.log.Seal(t.Context(), s.terms(0)); !errors.Is(err, issuancelog.ErrNothingToSeal) {
		t.Errorf("at once: %v", err)
	}
	s.add(unit)
	second := s.seal(0)
	if first.Size != 2*unit || second.From != first.Size || second.Size != 3*unit {
		t.Errorf("first %+v, second %+v", first, second)
	}
	result, err := s.whole()
	if err != nil {
		t.Fatal(err)
	}
	wantWhole(t, "both", result, 3*unit+2, 0)
}

// TestSealedSoFar: by time and by number, whole tiles only, and no question
// that is open.
func TestSealedSoFar(t *testing.T) {
	for _, c := range []struct {
		name  string
		terms issuancelog.Sealing
		want  uint64 // 0 for nothing
	}{
		{"all", issuancelog.Sealing{}, 2 * unit}, // then comes the open question
		{"less than a tile", issuancelog.Sealing{Size: unit - 1}, 0},
		{"a tile", issuancelog.Sealing{Size: unit}, unit},
		{"before the first", issuancelog.Sealing{Before: clock()}, 0},
		{"before the last of a tile", issuancelog.Sealing{Before: clock().Add((unit - 1) * time.Minute)}, 0},
		{"after the last of a tile", issuancelog.Sealing{Before: clock().Add((unit-1)*time.Minute + time.Second)}, unit},
		{"both", issuancelog.Sealing{Before: clock().Add(time.Hour * 24 * 365), Size: unit + 1}, unit},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSealed(t, 2*unit+3)
			ask(t, s.log)
			s.add(unit)
			c.terms.Folder, c.terms.Origin, c.terms.Signer = s.folder, sealOrigin, s.key
			segment, err := s.log.Seal(t.Context(), c.terms)
			if c.want == 0 && !errors.Is(err, issuancelog.ErrNothingToSeal) || c.want > 0 && (err != nil || segment.Size != c.want) {
				t.Errorf("got %+v, %v", segment, err)
			}
		})
	}
}

// TestSealedIsProven: a proof that a sealed record is in the log needs its
// segment to open it, and the published log needs nothing of it.
func TestSealedIsProven(t *testing.T) {
	s := newSealed(t, 2*unit+7)
	tiles := func() map[string]string {
		files := map[string]string{}
		s.view(func(tx *store.Tx) error {
			return issuancelog.Tiles(tx, 0, 2*unit+7, func(path string, data []byte) error { files[path] = string(data); return nil })
		})
		return files
	}
	before, checkpoint, early := tiles(), s.checkpoint(2*unit+7), s.checkpoint(17)
	forged, noTree := early, early
	forged.Root[0] ^= 1
	noTree.Root = logproof.Hash{}
	s.seal(unit)
	if diff := cmp.Diff(before, tiles()); diff != "" {
		t.Error("the published log is another one:", diff)
	}
	s.view(func(tx *store.Tx) error {
		if _, err := issuancelog.Opening(tx, 17); !errors.Is(err, issuancelog.ErrSealed) || !strings.Contains(err.Error(), "--sealed") {
			t.Errorf("opening: %v", err)
		}
		if _, err := issuancelog.State(tx, sealOrigin, 17); !errors.Is(err, issuancelog.ErrSealed) {
			t.Errorf("state: %v", err)
		}
		for what, c := range map[string]logproof.Checkpoint{"later": checkpoint, "sealed": early, "forged": forged} {
			if had, err := issuancelog.Had(tx, c); err != nil || had != (what != "forged") {
				t.Errorf("%s: had %v, %v", what, had, err)
			}
		}
		if _, err := issuancelog.Had(tx, noTree); !errors.Is(err, issuancelog.ErrSealed) {
			t.Errorf("of no tree: %v", err)
		}
		archive, err := issuancelog.OpenArchive(s.folder)
		if err != nil {
			return err
		}
		record, err := archive.Find(17)
		if err != nil {
			return err
		}
		path, err := issuancelog.Prove(tx, 17, checkpoint.Size)
		if err != nil {
			return err
		}
		note, err := checkpoint.Sign(s.key)
		if err != nil {
			return err
		}
		proof := logproof.Proof{Index: 17, Path: path, Checkpoint: note, Opening: &logproof.Opening{Salt: record.Salt, Record: record.Record}}
		opened, _, err := proof.VerifyOpened(s.key.Public())
		if err != nil || opened.Sequence != 17 {
			t.Errorf("opened record %d, %v", opened.Sequence, err)
		}
		return nil
	})
}

// TestNoRecordLeftBehind: neither record nor salt is in the state file once it
// was compacted.
func TestNoRecordLeftBehind(t *testing.T) {
	s := newSealed(t, unit+1)
	export := s.export()
	s.seal(0)
	s.store.Close()
	if err := store.Compact(s.path); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(s.path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.Split(export, []byte("\n"))
	for n, line := range lines[:unit] {
		_, record, _ := bytes.Cut(line, []byte(`"record":`))
		if bytes.Contains(data, bytes.TrimSuffix(record, []byte("}"))) {
			t.Fatalf("record %d is in the state file", n)
		}
	}
	s.store = openStore(t, s.path)
	s.reopen()
	wantWhole(t, "compacted", s.alone(), unit+2, unit)
}
