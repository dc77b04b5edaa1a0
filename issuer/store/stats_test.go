package store_test

import (
	"testing"
)

// TestStats: what was written is counted once, and what was read is not.
func TestStats(t *testing.T) {
	s, _ := open(t)
	before, err := s.Stats()
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if err := s.Update(t.Context(), put("k", "v")); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Stats(); err != nil {
			t.Fatal(err)
		}
	}
	after, err := s.Stats()
	if err != nil || after.Writes != before.Writes+5 || after.WriteTime <= before.WriteTime || after.Waiting != 0 || after.Size <= 0 {
		t.Errorf("%+v, then %+v, %v", before, after, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Stats(); err == nil {
		t.Error("a store that is closed has figures")
	}
}
