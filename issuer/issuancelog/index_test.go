package issuancelog_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/store"
)

func credentialOf(n int) string { return fmt.Sprintf("urn:uuid:00000000-0000-4000-8000-%012d", n) }

// answerSome adds answers, which name the credentials from first on.
func answerSome(l *issuancelog.Log, s *store.Store, first, n int) error {
	return s.Update(context.Background(), func(tx *store.Tx) error {
		for i := range n {
			record := typical()
			record.Credential = credentialOf(first + i)
			if err := l.Append(tx, record); err != nil {
				return err
			}
		}
		return nil
	})
}

// TestIndex: each answer is found where it is, in logs of more than one run of
// the index, and nothing else is.
func TestIndex(t *testing.T) {
	l, s := open(t)
	fill(t, l, s, 3)
	const n = 9000
	if err := answerSome(l, s, 0, n); err != nil {
		t.Fatal(err)
	}
	view(t, s, func(tx *store.Tx) error {
		rapid.Check(t, func(t *rapid.T) {
			i := rapid.IntRange(0, n+10).Draw(t, "credential")
			sequence, found, err := issuancelog.Lookup(tx, credentialOf(i))
			if err != nil || found != (i < n) || found && sequence != uint64(3+i) {
				t.Fatalf("%d: record %d, %v, %v", i, sequence, found, err)
			}
		})
		entries := 0
		for e := range issuancelog.Index(tx) {
			if e.Astray || e.Hash != issuancelog.IndexHash(credentialOf(int(e.Sequence)-3)) {
				t.Errorf("%+v", e)
			}
			entries++
		}
		if entries != n || !issuancelog.Indexed(tx) {
			t.Errorf("%d entries", entries)
		}
		return nil
	})
}

// TestOldLogIsIndexed: a log from before there was an index gets one when it is
// opened, also if it was stopped on the way.
func TestOldLogIsIndexed(t *testing.T) {
	const n = 9000
	path := filepath.Join(t.TempDir(), "s.db")
	s := openStore(t, path)
	l := openLog(t, s)
	if err := answerSome(l, s, 0, n); err != nil {
		t.Fatal(err)
	}
	for name, stopped := range map[string][]byte{"never begun": nil, "stopped": {0, 0, 0, 0, 0, 0, 0x10, 0}} {
		change(t, s, func(tx *store.Tx) error {
			var errs []error
			for key := range tx.All("log-index") {
				errs = append(errs, tx.Delete("log-index", append([]byte{}, key...)))
			}
			errs = append(errs, tx.Delete("log-indexed", []byte("to")))
			if stopped != nil {
				errs = append(errs, tx.Put("log-indexed", []byte("to"), stopped))
			}
			return errors.Join(errs...)
		})
		view(t, s, func(tx *store.Tx) error {
			if at, found := issuancelog.Find(tx, credentialOf(5000)); !found || at != 5000 {
				t.Errorf("%s: without an index: record %d, %v", name, at, found)
			}
			return nil
		})
		openLog(t, s)
		view(t, s, func(tx *store.Tx) error {
			for _, i := range []int{4096, 5000, n - 1} {
				if at, found, err := issuancelog.Lookup(tx, credentialOf(i)); err != nil || !found || at != uint64(i) {
					t.Errorf("%s: record %d, %v, %v", name, at, found, err)
				}
			}
			if _, found, _ := issuancelog.Lookup(tx, credentialOf(0)); found != (stopped == nil) {
				t.Errorf("%s: what was indexed before is indexed again, or not at all: %v", name, found)
			}
			return nil
		})
	}
}

// TestIndexIsNotBelieved: an index that leads elsewhere is an error, and the
// record is found nevertheless.
func TestIndexIsNotBelieved(t *testing.T) {
	l, s := open(t)
	if err := answerSome(l, s, 0, 10); err != nil {
		t.Fatal(err)
	}
	change(t, s, func(tx *store.Tx) error {
		for k, v := range tx.All("log-index") {
			if v[7] == 4 {
				return tx.Put("log-index", append([]byte{}, k...), key(7))
			}
		}
		return errors.New("no entry")
	})
	view(t, s, func(tx *store.Tx) error {
		if _, found, err := issuancelog.Lookup(tx, credentialOf(4)); found || !errors.Is(err, issuancelog.ErrDamaged) {
			t.Errorf("%v, %v", found, err)
		}
		if at, found := issuancelog.Find(tx, credentialOf(4)); !found || at != 4 {
			t.Errorf("record %d, %v", at, found)
		}
		if issuancelog.InIndex(tx, credentialOf(4), 4) || !issuancelog.InIndex(tx, credentialOf(5), 5) {
			t.Error("what is in the index and what is not")
		}
		return nil
	})
}

// BenchmarkAppendAnswers adds answers of different credentials, each in the
// index, to a log that has many.
func BenchmarkAppendAnswers(b *testing.B) {
	for _, n := range []int{64, 1024} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s, err := store.Open(filepath.Join(b.TempDir(), "s.db"))
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			l, err := issuancelog.Open(b.Context(), s, time.Now, rand.Reader)
			if err != nil {
				b.Fatal(err)
			}
			const before = 200_000
			for first := 0; first < before; first += 10_000 {
				if err := answerSome(l, s, first, 10_000); err != nil {
					b.Fatal(err)
				}
			}
			var next atomic.Int64
			next.Store(before)
			b.ResetTimer()
			callers(b, n, func() error { return answerSome(l, s, int(next.Add(1)), 1) })
		})
	}
}

// BenchmarkLookup finds one of a million answers.
func BenchmarkLookup(b *testing.B) {
	s, err := store.Open(filepath.Join(b.TempDir(), "s.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	l, err := issuancelog.Open(b.Context(), s, time.Now, rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	const answers = 1_000_000
	for first := 0; first < answers; first += 10_000 {
		if err := answerSome(l, s, first, 10_000); err != nil {
			b.Fatal(err)
		}
	}
	err = s.View(func(tx *store.Tx) error {
		for i := 0; b.Loop(); i += 7919 {
			if _, found, err := issuancelog.Lookup(tx, credentialOf(i%answers)); err != nil || !found {
				return fmt.Errorf("%d: %v, %w", i%answers, found, err)
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}
