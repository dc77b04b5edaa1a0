package main

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestOperationsForThisMachine: a page in a browser that has this machine under a
// name of its own gets no figures.
func TestOperationsForThisMachine(t *testing.T) {
	if operationsServer(&keeper{}, "") != nil {
		t.Error("there is one where nothing was configured")
	}
	server := operationsServer(&keeper{log: slog.New(slog.DiscardHandler)}, "127.0.0.1:9464")
	for _, path := range []string{"/livez", "/readyz", "/metrics"} {
		w := httptest.NewRecorder()
		server.Handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://elsewhere.example:9464"+path, nil))
		if w.Code != http.StatusMisdirectedRequest {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}
