package issuerhttp_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestRequestIDs: each answer has a name of ours, by which the log's lines are
// found, and never the one that its sender chose.
func TestRequestIDs(t *testing.T) {
	w := newWorld(t)
	seen := map[string]bool{}
	for _, path := range []string{"/checkpoint", "/checkpoint", "/nothing", "/status/77"} {
		answer := w.do(http.MethodGet, path, "", "", "X-Request-Id", "chosen-by-the-sender")
		id := answer.Header().Get("X-Request-Id")
		if len(id) != 24 || seen[id] {
			t.Errorf("%s is called %q", path, id)
		}
		seen[id] = true
		if n := strings.Count(w.log.String(), `"request_id":"`+id+`"`); n != 1 {
			t.Errorf("the log has %d lines of %s", n, path)
		}
	}
	if strings.Contains(w.log.String(), "chosen-by-the-sender") {
		t.Error("the log has what the sender chose")
	}
}
