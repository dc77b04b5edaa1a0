//go:build otel

package main

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
)

// TestTracesAreSent: whoever serves an issuer with a collector gets its traces,
// also those that wait at its end.
func TestTracesAreSent(t *testing.T) {
	var mu sync.Mutex
	var sent bytes.Buffer
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		_, _ = io.Copy(&sent, r.Body)
	}))
	defer collector.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.URL)
	t.Setenv("OTEL_BSP_SCHEDULE_DELAY", "3600000") // an hour: what comes, comes at the end
	p := served(t)
	p.stop()
	mu.Lock()
	defer mu.Unlock()
	for _, want := range []string{"service.name", "chancery.request_id", "request", "done"} {
		if !bytes.Contains(sent.Bytes(), []byte(want)) {
			t.Errorf("%s is not among what was sent: %q", want, &sent)
		}
	}
}
