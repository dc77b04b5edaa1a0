package web

import (
	"context"
	"net/http"
)

// smallBody is the size, in bytes, of a body that any number of requests may
// have.
const smallBody = 64 << 10

// Large keeps the requests with large bodies, or with bodies whose size is not
// said, that are answered at one time within a number, and with them the memory
// that all take together. Others wait, and nothing of their bodies is read.
type Large struct{ slots chan struct{} }

// NewLarge lets n such requests be answered at a time.
func NewLarge(n int) Large { return Large{make(chan struct{}, n)} }

// Enter waits until r may be read, and returns what to call when it is answered.
// The error says that whoever asked went away.
func (l Large) Enter(r *http.Request) (leave func(), err error) {
	if 0 <= r.ContentLength && r.ContentLength <= smallBody {
		return func() {}, nil
	}
	select {
	case l.slots <- struct{}{}:
		return func() { <-l.slots }, nil
	case <-r.Context().Done():
		return nil, context.Cause(r.Context())
	}
}
