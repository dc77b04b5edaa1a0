package issuertest

import (
	"crypto/rand"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// Start is the time that clocks of tests start at.
var Start = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

// Clock is a clock that only tests move.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock returns a clock at [Start].
func NewClock() *Clock { return &Clock{now: Start} }

// Now returns the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock.
func (c *Clock) Advance(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(by)
}

// Open opens the issuer of a folder, and closes it at the end of the test.
func Open(t testing.TB, dir string, clock *Clock) *issuer.Issuer {
	t.Helper()
	i, err := issuer.Open(t.Context(), Load(t, dir), issuer.Environment{Now: clock.Now, Random: rand.Reader})
	must(t, err)
	t.Cleanup(func() { i.Close() })
	return i
}

// Log returns the records of an issuer's log, which must be whole.
func Log(t testing.TB, s *store.Store) []logproof.Record {
	t.Helper()
	var records []logproof.Record
	must(t, s.View(func(tx *store.Tx) error {
		start, err := issuancelog.Start(tx)
		must(t, err)
		result := logproof.WalkFrom(start, issuancelog.Records(tx), nil, func(r logproof.Record) { records = append(records, r) })
		for _, finding := range result.Findings {
			t.Errorf("the log is not whole: %s", finding)
		}
		return nil
	}))
	return records
}

// Kinds returns the kinds of records.
func Kinds(records []logproof.Record) []logproof.Kind {
	var kinds []logproof.Kind
	for _, r := range records {
		kinds = append(kinds, r.Kind)
	}
	return kinds
}
