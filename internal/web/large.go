package web

import "net/http"

// smallBody is the size, in bytes, of a body that any number of requests may
// have.
const smallBody = 64 << 10

// Large keeps the requests with large bodies, or with bodies whose size is not
// said, that are answered at one time within a number, and with them the memory
// that all take together. Others wait, and nothing of their bodies is read.
type Large struct{ slots chan struct{} }

// NewLarge lets n such requests be answered at a time.
func NewLarge(n int) Large { return Large{make(chan struct{}, n)} }

// Do answers r by serve as soon as it may be read, and tells whether it did: else
// whoever asked went away. With HTTP/1 nobody sees that as long as the body is
// unread; then serve finds that nothing comes.
func (l Large) Do(r *http.Request, serve func()) bool {
	if 0 <= r.ContentLength && r.ContentLength <= smallBody {
		serve()
		return true
	}
	select {
	case l.slots <- struct{}{}:
		defer func() { <-l.slots }()
		serve()
		return true
	case <-r.Context().Done():
		return false
	}
}
