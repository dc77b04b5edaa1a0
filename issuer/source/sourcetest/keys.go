package sourcetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/issuer/source"
)

// many is more keys than a driver would read at once.
const many = 2500

func numbered() Table {
	table := Table{Name: "numbered", Columns: []string{"k", "v"}, Key: "k"}
	for i := range many {
		j := i * 7919 % many // each number once, not in order
		table.Rows = append(table.Rows, text(fmt.Sprint("k", j), fmt.Sprint("v", j)))
	}
	return table
}

func testKeys(t *testing.T, open Open) {
	alike := Table{Name: "alike", Columns: []string{"k"}, Key: "k"}
	for _, key := range []string{"b", "a", "B", "A", "é", "z", "10", "9", "", " ", "a", "東", "\U0001f600", "\uffff", "%", "'", "b", "b"} {
		alike.Rows = append(alike.Rows, text(key))
	}
	repeated := Table{Name: "repeated", Columns: []string{"k"}, Key: "k", Rows: slices.Repeat([][]*string{text("same")}, many)}
	empty := Table{Name: "empty", Columns: []string{"k"}, Key: "k"}
	for _, table := range []Table{numbered(), alike, repeated, empty} {
		t.Run(table.Name, func(t *testing.T) {
			s := compile(t, open, table, table.Key)
			var want []string
			for _, row := range table.Rows {
				want = append(want, *row[0])
			}
			slices.Sort(want)
			want = slices.Compact(want)
			for range 2 { // a second walk starts again
				if diff := cmp.Diff(want, collect(t, s)); diff != "" {
					t.Errorf("Keys (-want +got):\n%s", diff)
				}
			}
		})
	}
	t.Run("a record without a key", func(t *testing.T) {
		s := compile(t, open, Table{Name: "keyless", Columns: []string{"k"}, Key: "k", Rows: [][]*string{text("a"), text(nil)}}, "k")
		if _, err := walk(t.Context(), s); !errors.Is(err, source.ErrShape) {
			t.Errorf("got %v, want ErrShape", err)
		}
	})
}

// testKeysBesideLookups does what a batch does: a lookup for each key as it
// comes; and stops half-way.
func testKeysBesideLookups(t *testing.T, open Open) {
	s := compile(t, open, numbered(), "v")
	seen := 0
	for key, err := range s.Keys(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		mustGet(t, s, key, source.Record{"v": "v" + key[1:]})
		if seen++; seen == many/2 {
			break
		}
	}
	if seen != many/2 {
		t.Errorf("saw %d keys, want %d", seen, many/2)
	}
}

func testCancelled(t *testing.T, open Open) {
	s := compile(t, open, numbered(), "v")
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	for want, ctx := range map[error]context.Context{context.Canceled: cancelled, context.DeadlineExceeded: late} {
		if record, err := s.Lookup(ctx, "k1"); record != nil || !errors.Is(err, source.ErrUnavailable) || !errors.Is(err, want) {
			t.Errorf("Lookup: got %v and %v, want no record, ErrUnavailable and %v", record, err, want)
		}
		if keys, err := walk(ctx, s); len(keys) > 0 || !errors.Is(err, source.ErrUnavailable) || !errors.Is(err, want) {
			t.Errorf("Keys: got %d keys and %v, want none, ErrUnavailable and %v", len(keys), err, want)
		}
	}
	midway, cancel := context.WithCancel(t.Context())
	defer cancel()
	var last error
	for _, last = range s.Keys(midway) {
		cancel()
	}
	if !errors.Is(last, source.ErrUnavailable) || !errors.Is(last, context.Canceled) {
		t.Errorf("Keys, cancelled midway: ended with %v", last)
	}
	mustGet(t, s, "k1", source.Record{"v": "v1"})
}

func testConcurrent(t *testing.T, open Open) {
	s := compile(t, open, numbered(), "v")
	var group sync.WaitGroup
	for worker := range 16 {
		group.Go(func() {
			for i := range 100 {
				j := (worker*100 + i*37) % many
				mustGet(t, s, fmt.Sprint("k", j), source.Record{"v": fmt.Sprint("v", j)})
			}
		})
	}
	for range 2 {
		group.Go(func() {
			if keys, err := walk(t.Context(), s); len(keys) != many || err != nil {
				t.Errorf("Keys: %d keys and %v, want %d", len(keys), err, many)
			}
		})
	}
	group.Wait()
}

func collect(t *testing.T, s source.Source) []string {
	t.Helper()
	keys, err := walk(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// walk returns the keys and the error that ended them, which nothing follows.
func walk(ctx context.Context, s source.Source) (keys []string, end error) {
	for key, err := range s.Keys(ctx) {
		if end != nil {
			return keys, fmt.Errorf("walk went on after %w", end)
		}
		if end = err; err == nil {
			keys = append(keys, key)
		}
	}
	return keys, end
}
