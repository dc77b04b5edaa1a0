package web

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// TestAtOnce: what comes beyond so many requests is refused, the log is told once,
// and each place is given back, also by a panic.
func TestAtOnce(t *testing.T) {
	told := &records{}
	begun, finish := make(chan struct{}), make(chan struct{})
	handler := atOnce(2, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		begun <- struct{}{}
		<-finish
		panic("while it is answered")
	}), slog.New(slog.NewTextHandler(told, nil)))
	ask := func() *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		return w
	}
	for range 3 {
		var crowd sync.WaitGroup
		for range 2 {
			crowd.Go(func() {
				defer func() { _ = recover() }()
				ask()
			})
			<-begun
		}
		for range 2 {
			if w := ask(); w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), `"status":503`) {
				t.Errorf("a third one: %d %v %s", w.Code, w.Header(), w.Body)
			}
		}
		finish <- struct{}{}
		finish <- struct{}{}
		crowd.Wait()
	}
	if n := strings.Count(told.String(), "too many requests"); n != 3 {
		t.Errorf("the log was told %d times:\n%s", n, told)
	}
}
