package adversarytest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
)

// Large sends a handler requests whose bodies it begins to read and does not get
// to the end of, and returns how many of them it read at one time, once so many as
// it may have begun. small must be answered meanwhile.
func Large(t *testing.T, h http.Handler, may int, large, small func() *http.Request) int {
	t.Helper()
	began, release := make(chan struct{}, 3*may), make(chan struct{})
	var now, most atomic.Int64
	var crowd sync.WaitGroup
	for range 3 * may {
		r := large()
		r.ContentLength = -1
		r.Body = io.NopCloser(&held{began: began, release: release, now: &now, most: &most})
		crowd.Go(func() { h.ServeHTTP(httptest.NewRecorder(), r) })
	}
	for range may {
		<-began
	}
	for range 3 {
		h.ServeHTTP(httptest.NewRecorder(), small())
	}
	close(release)
	crowd.Wait()
	return int(most.Load())
}

// held is a body that is held back until it is released, and then ends.
type held struct {
	once      sync.Once
	began     chan<- struct{}
	release   <-chan struct{}
	now, most *atomic.Int64
}

func (h *held) Read([]byte) (int, error) {
	h.once.Do(func() {
		n := h.now.Add(1)
		for m := h.most.Load(); n > m && !h.most.CompareAndSwap(m, n); m = h.most.Load() {
		}
		h.began <- struct{}{}
		<-h.release
		h.now.Add(-1)
	})
	return 0, io.EOF
}
