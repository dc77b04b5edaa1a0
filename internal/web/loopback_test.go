package web

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestLoopback: what a page of another site can send here is not answered,
// whatever name it has this machine under.
func TestLoopback(t *testing.T) {
	told := &records{}
	handler := Loopback(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), []string{"verifier.example"}, slog.New(slog.NewTextHandler(told, nil)))
	ask := func(host string, origins ...string) int {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host = host
		r.Header["Origin"] = origins
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != http.StatusOK && (w.Header().Get("Content-Type") != "application/problem+json" || !strings.Contains(w.Body.String(), `"status":421`)) {
			t.Errorf("%s: %v %s", host, w.Header(), w.Body)
		}
		return w.Code
	}
	for _, host := range []string{"127.0.0.1", "127.0.0.1:8444", "127.1.2.3:1", "[::1]", "[::1]:8444", "localhost", "LocalHost:8444", "verifier.example", "Verifier.Example:443"} {
		if got := ask(host); got != http.StatusOK {
			t.Errorf("%s: %d", host, got)
		}
	}
	refused := 0
	for _, host := range []string{
		"", ":8444", "c4nary.example", "c4nary.example:8444", "127.0.0.1.c4nary.example", "127.0.0.1:80.c4nary.example", "localhost:", "localhost.c4nary.example", "c4nary.localhost.example:80", "0.0.0.0:8444", "[::]", "192.0.2.1",
		"2130706433", "0x7f.1", "127.1", "localhost.", "127.0.0.1:8444:1", "verifier.example.", "xverifier.example", "user@localhost", "[::1%25lo]", "::ffff:192.0.2.1",
	} {
		if got := ask(host); got != http.StatusMisdirectedRequest {
			t.Errorf("%s: %d", host, got)
		}
		refused++
	}
	for _, origin := range []string{"http://127.0.0.1:3000", "http://localhost:8444", "https://verifier.example", "http://[::1]"} {
		if got := ask("localhost", origin); got != http.StatusOK {
			t.Errorf("from %s: %d", origin, got)
		}
	}
	for _, origins := range [][]string{
		{"null"},
		{""},
		{"https://c4nary.example"},
		{"https://localhost@c4nary.example"},
		{"https://c4nary.example\\@localhost"},
		{"localhost"},
		{"file://"},
		{"http://localhost", "https://c4nary.example"},
		{"http://localhost, https://c4nary.example"},
	} {
		if got := ask("localhost", origins...); got != http.StatusMisdirectedRequest {
			t.Errorf("from %q: %d", origins, got)
		}
		refused++
	}
	if text := told.String(); strings.Count(text, "misdirected") != refused || strings.Contains(text, "c4nary") {
		t.Errorf("the log has\n%s", text)
	}
}
