package logproof_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/verifier/logproof"
)

// timed returns a log of records of these times.
func timed(t *testing.T, times ...string) []entry {
	t.Helper()
	var log []entry
	for i, at := range times {
		data, err := logproof.Encode(logproof.Record{Format: logproof.Format, Sequence: uint64(i), Time: at, Kind: logproof.Asked})
		if err != nil {
			t.Fatal(err)
		}
		log = append(log, entry{uint64(i), data})
	}
	return rechained(t, log, 0)
}

// TestEarlier: a record of an earlier time than the one before it is named,
// though the chain is whole.
func TestEarlier(t *testing.T) {
	const noon = "2026-07-01T12:00:00Z"
	for _, c := range []struct {
		times []string
		want  []uint64
	}{
		{[]string{noon, noon, "2026-07-01T12:00:01Z"}, nil},
		{[]string{noon, "2026-07-01T11:59:59Z", noon}, []uint64{1}},
		{[]string{noon, "2026-07-02T12:00:00Z", noon, noon}, []uint64{2}},
		{[]string{"2027-01-01T00:00:00Z", "2026-12-31T23:59:59Z", "2026-12-31T23:59:58Z"}, []uint64{1, 2}},
		{[]string{noon, "someday", noon}, nil}, // of which nothing can be said
	} {
		if got := named(timed(t, c.times...)); !slices.Equal(got, c.want) {
			t.Errorf("%v: found %v, want %v", c.times, got, c.want)
		}
	}
}

func TestTimeOf(t *testing.T) {
	log := timed(t, "2026-07-01T12:00:00Z")
	at, err := logproof.TimeOf(log[0].data)
	if want := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC); err != nil || !at.Equal(want) {
		t.Errorf("got %s, %v", at, err)
	}
	for cut := range log[0].data {
		if at, err := logproof.TimeOf(log[0].data[:cut]); !errors.Is(err, logproof.ErrRecord) {
			t.Errorf("of the first %d bytes: got %s, %v", cut, at, err)
		}
	}
	for _, text := range []string{"today", "2026-07-01T12:00:00+02:00", "2026-13-01T12:00:00Z", ""} {
		data := fmt.Appendf(nil, `{"format":3,"time":"%s"}`, text)
		if at, err := logproof.TimeOf(data); !errors.Is(err, logproof.ErrRecord) {
			t.Errorf("%s: got %s, %v", text, at, err)
		}
	}
}
