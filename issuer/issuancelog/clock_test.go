package issuancelog_test

import (
	"crypto/rand"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// TestClockBack: no record is earlier than the one before it, whether the clock
// went back before the start or while the issuer runs.
func TestClockBack(t *testing.T) {
	for _, c := range []struct {
		back  time.Duration
		known bool // whether it is within what clocks do
	}{
		{0, true}, {time.Second, true}, {1500 * time.Millisecond, false}, {2 * time.Second, false}, {time.Hour, false},
	} {
		t.Run(c.back.String(), func(t *testing.T) {
			s := openStore(t, filepath.Join(t.TempDir(), "s.db"))
			now := clock()
			l, err := issuancelog.Open(t.Context(), s, func() time.Time { return now }, rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			ask(t, l)
			now = now.Add(-c.back)
			_, err = l.Ask(t.Context(), logproof.Record{})
			wantClock(t, "while running", err, c.known)
			_, err = issuancelog.Open(t.Context(), s, func() time.Time { return now }, rand.Reader)
			wantClock(t, "at the start", err, c.known)

			now = clock().Add(time.Second)
			if _, err := l.Ask(t.Context(), logproof.Record{}); err != nil {
				t.Errorf("with a clock that was set right: %v", err)
			}
			records, result := walk(t, s)
			if len(result.Findings) > 0 {
				t.Errorf("found %v", result.Findings)
			}
			for n, r := range records[1:] {
				if r.Time < records[n].Time {
					t.Errorf("record %d is of %s, and the one before it of %s", n+1, r.Time, records[n].Time)
				}
			}
		})
	}
}

func wantClock(t *testing.T, when string, err error, known bool) {
	t.Helper()
	if known {
		if err != nil {
			t.Errorf("%s: %v", when, err)
		}
		return
	}
	if !errors.Is(err, issuancelog.ErrClock) || !strings.Contains(err.Error(), "2026-07-01T12:00:00Z") || !strings.Contains(err.Error(), "set the clock right") {
		t.Errorf("%s: got %v, not an error that names both times and what to do", when, err)
	}
}
