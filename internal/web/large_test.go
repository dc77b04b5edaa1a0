package web

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestLarge: of large bodies there are only so many at a time, and they keep no
// small one waiting.
func TestLarge(t *testing.T) {
	l := NewLarge(2)
	sized := func(n int64) *http.Request {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(""))
		r.ContentLength = n
		return r
	}
	enter := func(n int64) func() {
		t.Helper()
		leave, err := l.Enter(sized(n))
		if err != nil {
			t.Fatal(err)
		}
		return leave
	}
	enter(smallBody + 1)
	leave := enter(-1) // in chunks
	for _, n := range []int64{0, 1, smallBody} {
		enter(n)()
	}
	for _, n := range []int64{-1, smallBody + 1, 1 << 62} {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Millisecond, cancel)
		if _, err := l.Enter(sized(n).WithContext(ctx)); !errors.Is(err, context.Canceled) {
			t.Errorf("a third one of %d bytes: %v", n, err)
		}
	}
	waits := make(chan func())
	go func() { waits <- enter(-1) }()
	leave()
	(<-waits)()
	enter(1 << 20)()
}
