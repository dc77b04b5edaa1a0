package issuancelog_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

func clock() time.Time { return time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC) }

func openStore(t *testing.T, path string) *store.Store {
	t.Helper()
	s, err := store.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func open(t *testing.T) (*issuancelog.Log, *store.Store) {
	t.Helper()
	s := openStore(t, filepath.Join(t.TempDir(), "s.db"))
	return openLog(t, s), s
}

func openLog(t *testing.T, s *store.Store) *issuancelog.Log {
	t.Helper()
	l, err := issuancelog.Open(t.Context(), s, clock, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func ask(t *testing.T, l *issuancelog.Log) uint64 {
	t.Helper()
	n, err := l.Ask(t.Context(), logproof.Record{Caller: "holder"})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// end ends question n.
func end(l *issuancelog.Log, s *store.Store, n uint64) error {
	return s.Update(context.Background(), func(tx *store.Tx) error {
		return l.Append(tx, logproof.Record{Kind: logproof.Refused, Question: &n, Reason: "test"})
	})
}

// walk returns the records of a log and what is wrong with them.
func walk(t *testing.T, s *store.Store, checkpoints ...logproof.Checkpoint) ([]logproof.Record, *logproof.Result) {
	t.Helper()
	var records []logproof.Record
	var result *logproof.Result
	err := s.View(func(tx *store.Tx) error {
		result = logproof.Walk(issuancelog.Records(tx), checkpoints, func(r logproof.Record) { records = append(records, r) })
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return records, result
}

func TestChain(t *testing.T) {
	l, s := open(t)
	first, second := ask(t, l), ask(t, l)
	if err := errors.Join(end(l, s, second), end(l, s, first)); err != nil {
		t.Fatal(err)
	}
	records, result := walk(t, s)
	if result.Size != 4 || len(result.Findings) > 0 {
		t.Fatalf("%+v", result)
	}
	for n, want := range []string{"asked", "asked", "refused 1", "refused 0"} {
		r := records[n]
		got := string(r.Kind)
		if r.Question != nil {
			got += fmt.Sprint(" ", *r.Question)
		}
		if got != want || r.Sequence != uint64(n) || r.Time != "2026-07-01T12:00:00Z" || (r.Previous == "") != (n == 0) {
			t.Errorf("record %d: %+v", n, r)
		}
	}
}

// TestQuestionEndsOnce: of all that want to end a question, one does.
func TestQuestionEndsOnce(t *testing.T) {
	l, s := open(t)
	question := ask(t, l)
	var ended int
	var mu sync.Mutex
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			if end(l, s, question) == nil {
				mu.Lock()
				defer mu.Unlock()
				ended++
			}
		})
	}
	group.Wait()
	if _, result := walk(t, s); ended != 1 || result.Kinds[logproof.Refused] != 1 || len(result.Findings) > 0 {
		t.Errorf("it was ended %d times: %+v", ended, result)
	}
	if err := end(l, s, 7); err == nil {
		t.Error("a question that was never asked was ended")
	}
}

func TestAtTheSameTime(t *testing.T) {
	l, s := open(t)
	const n = 100
	var group sync.WaitGroup
	var mu sync.Mutex
	asked := map[uint64]bool{}
	for range n {
		group.Go(func() {
			question, err := l.Ask(t.Context(), logproof.Record{})
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			asked[question] = true
			mu.Unlock()
			if err := end(l, s, question); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	records, result := walk(t, s)
	if result.Size != 2*n || len(asked) != n || len(result.Findings) > 0 {
		t.Errorf("%d questions, %+v", len(asked), result)
	}
	for _, r := range records {
		if (r.Kind == logproof.Asked) != asked[r.Sequence] {
			t.Errorf("record %d is %s; asked: %v", r.Sequence, r.Kind, asked[r.Sequence])
		}
	}
}

func TestOpenQuestionsAreAbandonedOnce(t *testing.T) {
	l, s := open(t)
	first, ended, third := ask(t, l), ask(t, l), ask(t, l)
	if err := end(l, s, ended); err != nil {
		t.Fatal(err)
	}
	openLog(t, s)
	openLog(t, s)
	records, result := walk(t, s)
	if len(result.Findings) > 0 {
		t.Error(result.Findings)
	}
	var abandoned []uint64
	for _, r := range records[4:] {
		if r.Kind != logproof.Abandoned || r.Question == nil || r.Reason == "" {
			t.Fatalf("%+v", r)
		}
		abandoned = append(abandoned, *r.Question)
	}
	if diff := cmp.Diff([]uint64{first, third}, abandoned); diff != "" {
		t.Error(diff)
	}
	if err := end(l, s, first); err == nil {
		t.Error("an abandoned question was ended again")
	}
}

// TestNothingStaysOfAFailure: a change that fails takes its record with it.
func TestNothingStaysOfAFailure(t *testing.T) {
	l, s := open(t)
	question := ask(t, l)
	failure := errors.New("the change failed")
	err := s.Update(t.Context(), func(tx *store.Tx) error {
		return errors.Join(l.Append(tx, logproof.Record{Kind: logproof.Answered, Question: &question}), failure)
	})
	if !errors.Is(err, failure) {
		t.Fatal(err)
	}
	if _, result := walk(t, s); result.Size != 1 {
		t.Errorf("%+v", result)
	}
	if err := end(l, s, question); err != nil {
		t.Errorf("the question cannot be ended any more: %v", err)
	}
}

func TestAskOfAContextThatEnded(t *testing.T) {
	l, s := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Ask(ctx, logproof.Record{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, result := walk(t, s); result.Size != 0 {
		t.Errorf("%+v", result)
	}
}

func TestCheckpoint(t *testing.T) {
	l, s := open(t)
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var checkpoints []logproof.Checkpoint
	for n := range 3 {
		data, err := l.Checkpoint("registry.example/log", key)
		if err != nil {
			t.Fatal(err)
		}
		c, err := logproof.OpenCheckpoint(data, key.Public())
		if err != nil || c.Size != uint64(n) || c.Origin != "registry.example/log" {
			t.Fatalf("%+v, %v", c, err)
		}
		checkpoints = append(checkpoints, c)
		ask(t, l)
	}
	if _, result := walk(t, s, checkpoints...); len(result.Findings) > 0 {
		t.Error(result.Findings)
	}
}

// TestTamperedRecordsAreFound: a record whose bytes change, or that goes away,
// is named by the walk.
func TestTamperedRecordsAreFound(t *testing.T) {
	for name, tamper := range map[string]func(tx *store.Tx, key []byte) error{
		"altered": func(tx *store.Tx, key []byte) error {
			data := tx.Get("log", key)
			data[len(data)/2] ^= 1
			return tx.Put("log", key, data)
		},
		"removed": func(tx *store.Tx, key []byte) error { return tx.Delete("log", key) },
	} {
		for n := range 4 { // not the last one, which only a checkpoint guards
			t.Run(fmt.Sprint(name, " ", n), func(t *testing.T) {
				l, s := open(t)
				for range 5 {
					ask(t, l)
				}
				key := []byte{0, 0, 0, 0, 0, 0, 0, byte(n)}
				if err := s.Update(t.Context(), func(tx *store.Tx) error { return tamper(tx, key) }); err != nil {
					t.Fatal(err)
				}
				_, result := walk(t, s)
				if len(result.Findings) != 1 || result.Findings[0].Sequence != uint64(n) {
					t.Errorf("%+v", result.Findings)
				}
			})
		}
	}
}

func TestDamagedLogIsNotContinued(t *testing.T) {
	l, s := open(t)
	if err := s.Update(t.Context(), func(tx *store.Tx) error { return tx.Put("log", []byte("zzz"), []byte("{}")) }); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Ask(t.Context(), logproof.Record{}); !errors.Is(err, issuancelog.ErrDamaged) {
		t.Errorf("got %v", err)
	}
}
