package issuerhttp_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/examples/births/civil"
)

// TestClockBack: while the clock is before the last record of the log, relying
// parties and wallets are told to come again; then they get what they came for.
func TestClockBack(t *testing.T) {
	w := newWorld(t, withSchool)
	token := w.token()
	w.clock.Advance(-time.Minute)
	w.closed(w.ask(statuses, question(civil.KnownNumber)), http.StatusServiceUnavailable, "unavailable")
	if r := w.credential(token); r.Code != http.StatusServiceUnavailable || r.Header().Get("Retry-After") == "" {
		t.Errorf("a wallet: status %d, %v", r.Code, r.Header())
	}
	w.clock.Advance(time.Minute)
	if r := w.ask(statuses, question(civil.KnownNumber)); r.Code != http.StatusOK {
		t.Errorf("status %d: %s", r.Code, r.Body)
	}
	if r := w.credential(token); r.Code != http.StatusOK {
		t.Errorf("a wallet: status %d: %s", r.Code, r.Body)
	}
}
