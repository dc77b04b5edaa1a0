package store_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/issuer/store"
)

// TestBoth yields each key of two buckets once and in order, with what each of
// them has.
func TestBoth(t *testing.T) {
	s, _ := open(t)
	run := 0
	rapid.Check(t, func(t *rapid.T) {
		run++
		buckets := [2]string{fmt.Sprint("first ", run), fmt.Sprint("second ", run)}
		keys := rapid.SliceOfN(rapid.StringMatching(`[a-d]{1,2}`), 0, 8)
		want := map[string][2]string{}
		err := s.Update(t.Context(), func(tx *store.Tx) error {
			for i, bucket := range buckets {
				for _, key := range keys.Draw(t, bucket) {
					values := want[key]
					values[i] = "v" + key
					want[key] = values
					if err := tx.Put(bucket, []byte(key), []byte(values[i])); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		got, last := map[string][2]string{}, ""
		err = s.View(func(tx *store.Tx) error {
			for key, values := range tx.Both(buckets[0], buckets[1]) {
				if string(key) <= last {
					t.Errorf("%s comes after %s", key, last)
				}
				last = string(key)
				got[last] = [2]string{string(values[0]), string(values[1])}
			}
			return nil
		})
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Error(err, diff)
		}
	})
}

func TestFrom(t *testing.T) {
	s, _ := open(t)
	for _, key := range []string{"a", "c", "e"} {
		if err := s.Update(t.Context(), put(key, "v")); err != nil {
			t.Fatal(err)
		}
	}
	for from, want := range map[string][]string{"": {"a", "c", "e"}, "a": {"a", "c", "e"}, "b": {"c", "e"}, "e": {"e"}, "f": nil} {
		var got []string
		err := s.View(func(tx *store.Tx) error {
			for key := range tx.From("b", []byte(from)) {
				got = append(got, string(key))
			}
			for range tx.From("no such bucket", []byte(from)) {
				t.Error("a bucket that is not there has an entry")
			}
			return nil
		})
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("from %q: %v, %v", from, got, err)
		}
	}
}
