package web

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestBearer(t *testing.T) {
	for header, want := range map[string]string{
		"Bearer abc": "abc", "bearer abc": "abc", "BEARER a b": "a b",
		"": "", "Bearer": "", "Bearer ": "", "Basic abc": "", "abc": "",
	} {
		if got, ok := Bearer(header); got != want || ok != (want != "") {
			t.Errorf("%q: got %q, %v, want %q", header, got, ok, want)
		}
	}
}

// TestRequireBearer: only the very token opens, and no token gets into the log.
func TestRequireBearer(t *testing.T) {
	const token = "0123456789abcdef"
	var log bytes.Buffer
	reached := 0
	handler := RequireBearer(token, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached++ }), slog.New(slog.NewJSONHandler(&log, nil)))
	for _, test := range []struct {
		header, challenge string
		status            int
	}{
		{"Bearer " + token, "", http.StatusOK},
		{"bearer " + token, "", http.StatusOK},
		{"", "Bearer", http.StatusUnauthorized},
		{"Basic " + token, "Bearer", http.StatusUnauthorized},
		{"Bearer " + token[:15], `Bearer error="invalid_token"`, http.StatusUnauthorized},
		{"Bearer " + token + "0", `Bearer error="invalid_token"`, http.StatusUnauthorized},
		{"Bearer  " + token, `Bearer error="invalid_token"`, http.StatusUnauthorized},
		{"Bearer " + strings.ToUpper(token), `Bearer error="invalid_token"`, http.StatusUnauthorized},
	} {
		before := reached
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		if test.header != "" {
			r.Header.Set("Authorization", test.header)
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != test.status || w.Header().Get("WWW-Authenticate") != test.challenge || (reached > before) != (test.status == http.StatusOK) {
			t.Errorf("%q: got %d, %q", test.header, w.Code, w.Header().Get("WWW-Authenticate"))
		}
		if w.Code == http.StatusOK {
			continue
		}
		var problem struct {
			Status int
			Detail string
		}
		if err := json.Unmarshal(w.Body.Bytes(), &problem); err != nil || problem.Status != test.status || problem.Detail == "" {
			t.Errorf("%q: %s, %v", test.header, w.Body, err)
		}
	}
	if lines := strings.Count(log.String(), "\n"); lines != 6 || strings.Contains(strings.ToLower(log.String()), token[:15]) {
		t.Errorf("the log has %d lines:\n%s", lines, &log)
	}
}
