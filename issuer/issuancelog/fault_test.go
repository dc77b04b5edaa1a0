//go:build linux && (amd64 || arm64)

package issuancelog_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	"github.com/chancery-vc/chancery/internal/faultdisk"
	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// envRounds is how many rounds TestCrashes has, if not a few.
const envRounds = "CHANCERY_FAULT_ROUNDS"

// Reasons of records are their names, by which they are found again.

// released are the records that Update said are durable.
type released struct {
	mu    sync.Mutex
	names map[string]bool
}

func (r *released) add(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.names[name] = true
}

// issue has writers write to the log at path until the disk fails them or they
// are done: a question and its end each time, as an issuer does. It returns the
// error of the first that failed.
func issue(t *testing.T, path, prefix string, writers, each int, out *released) (failure error) {
	s, err := store.Open(path)
	if err != nil {
		return err
	}
	defer s.Close()
	l, err := issuancelog.Open(t.Context(), s, clock, rand.Reader)
	if err != nil {
		return err
	}
	failures := make([]error, writers)
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for n := range each {
				if failures[w] = issueOne(t, l, s, fmt.Sprint(prefix, "-", w, "-", n), out); failures[w] != nil {
					return
				}
			}
		})
	}
	group.Wait()
	failure = errors.Join(failures...)
	if failure != nil {
		staysStopped(t, l, s)
	}
	return failure
}

func issueOne(t *testing.T, l *issuancelog.Log, s *store.Store, name string, out *released) error {
	question, err := l.Ask(t.Context(), logproof.Record{Reason: "asked " + name})
	if err != nil {
		return err
	}
	out.add("asked " + name)
	err = s.Update(t.Context(), func(tx *store.Tx) error {
		return l.Append(tx, logproof.Record{Kind: logproof.Answered, Question: &question, Reason: "answered " + name})
	})
	if err == nil {
		out.add("answered " + name)
	}
	return err
}

// staysStopped: after a failure nothing is written, and nothing is read that
// may not be durable.
func staysStopped(t *testing.T, l *issuancelog.Log, s *store.Store) {
	for range 3 {
		if _, err := l.Ask(t.Context(), logproof.Record{}); !errors.Is(err, store.ErrStopped) {
			t.Errorf("a question after the failure: %v", err)
		}
		if err := s.View(func(*store.Tx) error { return nil }); !errors.Is(err, store.ErrStopped) {
			t.Errorf("a look after the failure: %v", err)
		}
	}
	select {
	case <-s.Stopped():
	default:
		t.Error("nobody is told that the store is stopped")
	}
}

// holds opens the log of a file, which must need no help: what was released is
// in it once, nothing is in it twice, the log is whole, and it can be continued.
func holds(t *testing.T, what string, data []byte, out *released) []byte {
	path := filepath.Join(t.TempDir(), "left.db")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(path)
	if err != nil {
		t.Errorf("%s: %v", what, err)
		return nil
	}
	defer s.Close()
	compareReleased(t, what, s, out)
	l, err := issuancelog.Open(t.Context(), s, clock, rand.Reader)
	if err != nil {
		t.Errorf("%s: it does not start: %v", what, err)
		return nil
	}
	if _, err := l.Ask(t.Context(), logproof.Record{Reason: "continued"}); err != nil {
		t.Errorf("%s: it is not continued: %v", what, err)
	}
	compareReleased(t, what+", continued", s, out)
	if data, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	return data
}

func compareReleased(t *testing.T, what string, s *store.Store, out *released) {
	times := map[string]int{}
	err := s.View(func(tx *store.Tx) error {
		result := logproof.WalkTree(issuancelog.Entries(tx), nil, func(r logproof.Record) {
			if r.Kind == logproof.Asked || r.Kind == logproof.Answered {
				times[r.Reason]++
			}
		})
		if len(result.Findings) > 0 || result.Leaves != result.Size {
			t.Errorf("%s: %+v", what, result)
		}
		return nil
	})
	if err != nil {
		t.Errorf("%s: %v", what, err)
	}
	for name := range out.names {
		if times[name] == 0 {
			t.Errorf("%s: %q was released and is not in the log", what, name)
		}
	}
	for name, n := range times {
		if n > 1 && name != "continued" {
			t.Errorf("%s: %q is in the log %d times", what, name, n)
		}
	}
}

// newFile returns a state file in which nothing is yet.
func newFile(t *testing.T) []byte {
	path := filepath.Join(t.TempDir(), "new.db")
	s, err := store.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// fates by kind of call.
var fates = map[faultdisk.Kind][]faultdisk.Fate{
	faultdisk.Write:    {faultdisk.Fails, faultdisk.Torn, faultdisk.Persists, faultdisk.Cut},
	faultdisk.Truncate: {faultdisk.Fails, faultdisk.Persists, faultdisk.Cut},
	faultdisk.Sync:     {faultdisk.Fails, faultdisk.Torn, faultdisk.Persists, faultdisk.Lost, faultdisk.Cut},
}

// TestEachFault gives each write, truncation and fsync of a small log, from its
// first record on, each fate that it can have. The issuer stops; after a
// power cut, and without one, the log has what was released.
func TestEachFault(t *testing.T) {
	disk := faultdisk.Alone(t)
	if disk == nil {
		return
	}
	var kinds []faultdisk.Kind
	never := func(c faultdisk.Call) faultdisk.Fate {
		kinds = append(kinds, c.Kind)
		return faultdisk.Done
	}
	path := filepath.Join(t.TempDir(), "whole.db")
	out := &released{names: map[string]bool{}}
	if _, err := disk.Put(path, newFile(t), never); err != nil {
		t.Fatal(err)
	}
	if err := issue(t, path, "a", 1, 6, out); err != nil || len(out.names) != 12 {
		t.Fatalf("%d records without a fault: %v", len(out.names), err)
	}
	faults := 0
	for n, kind := range kinds {
		for i, fate := range fates[kind] {
			if testing.Short() && (n+i)%4 != 0 {
				continue
			}
			fault(t, disk, n, fate)
			faults++
		}
	}
	t.Logf("%d calls, %d faults", len(kinds), faults)
}

// fault has call number n of writing a log end as fate says.
func fault(t *testing.T, disk *faultdisk.Supervisor, n int, fate faultdisk.Fate) {
	path := filepath.Join(t.TempDir(), "s.db")
	out := &released{names: map[string]bool{}}
	d, err := disk.Put(path, newFile(t), func(c faultdisk.Call) faultdisk.Fate {
		if c.Number == n {
			return fate
		}
		return faultdisk.Done
	})
	if err != nil {
		t.Fatal(err)
	}
	what := fmt.Sprintf("call %d, fate %d", n, fate)
	if err := issue(t, path, "a", 1, 6, out); err == nil {
		t.Errorf("%s: nobody was told", what)
	}
	survives(t, what, path, d, out)
}

// survives looks at what a power cut leaves, and at the file as another process
// finds it without one. It returns one of the files, continued.
func survives(t *testing.T, what, path string, d *faultdisk.Disk, out *released) (next []byte) {
	for left, data := range d.Left() {
		next = holds(t, what+", after a power cut: "+left, data, out)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	holds(t, what+", after a restart", data, out)
	return next
}

// TestCrashes has many writers write to one log, while one call by chance has a
// fate by chance, again and again on what was left.
func TestCrashes(t *testing.T) {
	disk := faultdisk.Alone(t)
	if disk == nil {
		return
	}
	rounds := 60
	if n, err := strconv.Atoi(os.Getenv(envRounds)); err == nil {
		rounds = n
	}
	var data []byte
	out := &released{names: map[string]bool{}}
	stopped := 0
	for round := range rounds {
		if round%20 == 0 { // a new log
			data, out = newFile(t), &released{names: map[string]bool{}}
		}
		path := filepath.Join(t.TempDir(), "s.db")
		at := mathrand.IntN(60)
		d, err := disk.Put(path, data, func(c faultdisk.Call) faultdisk.Fate {
			if c.Number == at {
				return fates[c.Kind][mathrand.IntN(len(fates[c.Kind]))]
			}
			return faultdisk.Done
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := issue(t, path, fmt.Sprint(round), 8, 4, out); err != nil {
			stopped++
		}
		if data = survives(t, fmt.Sprint("round ", round), path, d, out); t.Failed() {
			return
		}
	}
	if stopped == 0 {
		t.Error("no fault ever met a write")
	}
	t.Logf("%d rounds, %d of them with a fault, %d records of the last log were released", rounds, stopped, len(out.names))
}
