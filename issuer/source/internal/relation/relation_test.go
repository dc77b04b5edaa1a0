package relation_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/issuer/source"
	"github.com/chancery-vc/chancery/issuer/source/internal/relation"
)

func TestOne(t *testing.T) {
	record, fault := source.Record{"name": "Anna"}, errors.New("fault")
	for name, c := range map[string]struct {
		records []source.Record
		err     error
		want    error
	}{
		"one":             {[]source.Record{record}, nil, nil},
		"none":            {nil, nil, source.ErrNone},
		"two":             {[]source.Record{record, record}, nil, source.ErrMany},
		"one and a fault": {[]source.Record{record}, fault, fault},
	} {
		got, err := relation.One("people", c.records, c.err)
		if !errors.Is(err, c.want) || (got != nil) != (c.want == nil) {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
}

// pages serves keys as a database does: of equal keys those of a page that has
// begun, and then none more of them.
func pages(keys []string, size int) func(*string) ([]string, error) {
	return func(last *string) ([]string, error) {
		rest := keys
		if last != nil {
			rest = slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return key <= *last })
		}
		return rest[:min(size, len(rest))], nil
	}
}

// TestWalk: every key comes once, in order, whatever the size of a page.
func TestWalk(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := slices.Sorted(slices.Values(rapid.SliceOf(rapid.StringMatching(`[a-c]{0,2}`)).Draw(t, "keys")))
		size := rapid.IntRange(1, 5).Draw(t, "size")
		var got []string
		for key, err := range relation.Keys("people", func(yield func(string) bool) error {
			return relation.Walk(size, pages(keys, size), yield)
		}) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, key)
		}
		if diff := cmp.Diff(slices.Compact(keys), got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestKeysFail(t *testing.T) {
	fault := errors.New("fault")
	read := pages([]string{"a", "b", "c"}, 2)
	var got []string
	var failed error
	for key, err := range relation.Keys("people", func(yield func(string) bool) error {
		return relation.Walk(2, func(last *string) ([]string, error) {
			if last != nil {
				return nil, fault
			}
			return read(last)
		}, yield)
	}) {
		got, failed = append(got, key), err
	}
	if !errors.Is(failed, fault) || !slices.Equal(got, []string{"a", "b", ""}) {
		t.Errorf("got %q, %v", got, failed)
	}
}

// TestKeysStop: who wants no more is asked for none, and told of no fault.
func TestKeysStop(t *testing.T) {
	for range relation.Keys("people", func(yield func(string) bool) error {
		return relation.Walk(1, pages([]string{"a", "b"}, 1), func(key string) bool {
			if key != "a" {
				t.Errorf("%q is read", key)
			}
			return yield(key)
		})
	}) {
		break
	}
}
