package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// sized is a request with a body of so many bytes, or of nobody knows how many.
func sized(n int64) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/", http.NoBody)
	r.ContentLength = n
	return r
}

// TestLarge: of large bodies there are only so many at a time, and they keep no
// small one waiting. A panic in one gives its place back.
func TestLarge(t *testing.T) {
	l := NewLarge(2)
	begun, finish, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
	for _, n := range []int64{smallBody + 1, -1} { // the second one in chunks
		go func() {
			defer func() {
				_ = recover()
				ended <- struct{}{}
			}()
			l.Do(sized(n), func() {
				begun <- struct{}{}
				<-finish
				panic("while it is answered")
			})
		}()
		<-begun
	}
	answered := 0
	for _, n := range []int64{0, 1, smallBody} {
		l.Do(sized(n), func() { answered++ })
	}
	if answered != 3 {
		t.Errorf("%d small ones were answered", answered)
	}
	for _, n := range []int64{-1, smallBody + 1, 1 << 62} {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Millisecond, cancel)
		if l.Do(sized(n).WithContext(ctx), func() {}) {
			t.Errorf("a third one of %d bytes was answered", n)
		}
	}
	close(finish)
	<-ended
	<-ended
	for range 3 {
		if !l.Do(sized(-1), func() { answered++ }) {
			t.Error("a place was not given back")
		}
	}
	if answered != 6 {
		t.Errorf("%d were answered", answered)
	}
}
