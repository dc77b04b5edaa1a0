package web

import (
	"log/slog"
	"net/http"
	"sync/atomic"
)

// maxAtOnce caps the requests that one server answers at a time, and with them
// what HTTP/2 adds to [maxConnections]. Each takes some 20 KiB of memory.
const maxAtOnce = maxConnections

// atOnce answers no more than most requests at a time by next, and refuses others.
// Those that wait for more of a request hold a place, for as long as a server lets
// them.
func atOnce(most int, next http.Handler, log *slog.Logger) http.Handler {
	places := make(chan struct{}, most)
	var full atomic.Bool // and the log was told
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case places <- struct{}{}:
		default:
			if full.CompareAndSwap(false, true) {
				log.Warn("there are too many requests at a time: more are refused", "most", most)
			}
			w.Header().Set("Retry-After", "1")
			refuse(w, http.StatusServiceUnavailable, "too many requests are being answered; ask again later")
			return
		}
		defer func() {
			if <-places; len(places) <= most/2 {
				full.Store(false)
			}
		}()
		next.ServeHTTP(w, r)
	})
}
