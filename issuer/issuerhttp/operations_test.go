package issuerhttp_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/issuerhttp"
)

// probe asks a handler as a probe does.
func probe(h http.Handler, method, path string) *httptest.ResponseRecorder {
	recorder := httptest.NewRecorder()
	h.ServeHTTP(recorder, httptest.NewRequest(method, path, nil))
	return recorder
}

// TestProbes: a clock that was set back is a reason not to be ready, and none to
// be started anew.
func TestProbes(t *testing.T) {
	w := newWorld(t)
	h := issuerhttp.Operations(w.issuer, nil, w.log.Logger())
	ready := func(status int) (r issuer.Readiness) {
		t.Helper()
		answer := probe(h, http.MethodGet, "/readyz")
		if err := json.Unmarshal(answer.Body.Bytes(), &r); err != nil || answer.Code != status || answer.Header().Get("Cache-Control") != "no-store" {
			t.Fatalf("%d %v %s %v", answer.Code, answer.Header(), answer.Body, err)
		}
		return r
	}
	if r := ready(http.StatusOK); !r.Ready || len(r.Conditions) < 5 || !r.At.Equal(w.clock.Now()) {
		t.Errorf("%+v", r)
	}
	w.clock.Advance(-time.Hour)
	if r := ready(http.StatusServiceUnavailable); r.Ready {
		t.Errorf("%+v", r)
	}
	if said := w.log.String(); !strings.Contains(said, `"not ready"`) || !strings.Contains(said, "set the clock right") {
		t.Errorf("the log does not say why: %s", said)
	}
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		if live := probe(h, method, "/livez"); live.Code != http.StatusOK {
			t.Errorf("%s /livez: %d %s", method, live.Code, live.Body)
		}
	}
}

// TestProbesAreNotForTheWorld: the public side has none of them, and the side of
// probes nothing of the operator's.
func TestProbesAreNotForTheWorld(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/livez", "/readyz", "/metrics"} {
		if answer := w.get(path); answer.Code != http.StatusNotFound {
			t.Errorf("the world has %s: %d", path, answer.Code)
		}
	}
	h := issuerhttp.Operations(w.issuer, nil, w.log.Logger())
	for path, method := range map[string]string{"/snapshot": http.MethodGet, "/entries": http.MethodGet, "/offers": http.MethodPost, "/revocations": http.MethodPost} {
		if answer := probe(h, method, path); answer.Code != http.StatusNotFound {
			t.Errorf("whoever probes has %s: %d", path, answer.Code)
		}
	}
}

// TestOperatorAsksReadiness over the socket.
func TestOperatorAsksReadiness(t *testing.T) {
	w, client := newOperator(t)
	for _, back := range []time.Duration{0, time.Hour} {
		w.clock.Advance(-back)
		ready, err := client.Ready(t.Context())
		if err != nil || ready.Ready != (back == 0) || len(ready.Conditions) < 5 {
			t.Errorf("%+v %v", ready, err)
		}
	}
}
