package web

import (
	"crypto/tls"
	"log/slog"
	"net/http"
	"time"
)

// Limits on a connection: a client that is slow or silent is let go.
const (
	headerTimeout    = 5 * time.Second
	requestTimeout   = 30 * time.Second
	answerTimeout    = 60 * time.Second
	idleTimeout      = 60 * time.Second
	maxRequestHeader = 16 << 10
)

// Limits on a connection of HTTP/2, which carries many requests at once: how many,
// and how much of all their bodies, in bytes, waits there unread. With room for less
// than a hundred, clients that begin before they know it are refused (RFC 9113,
// section 6.5.2).
const (
	maxStreams = 100
	maxUnread  = 64 << 10
)

// NewServer returns a server with limits that suit a public service.
func NewServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           closing(atOnce(maxAtOnce, handler, log)),
		ConnState:         newCrowd(maxConnections, log).changed,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       requestTimeout,
		WriteTimeout:      answerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxRequestHeader,
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: maxStreams, MaxReceiveBufferPerConnection: maxUnread, MaxReceiveBufferPerStream: maxUnread},
		TLSConfig:         &tls.Config{MinVersion: tls.VersionTLS12},
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}

// closing ends the connection after a request in chunks. It could have had a
// Content-Length as well, which net/http drops: a proxy that goes by it would
// take what comes next for a part of this request, or hand its answer to somebody
// else (RFC 9112, section 6.1).
func closing(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TransferEncoding) > 0 {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

// Method returns the method of a request for a log: what is none of the known
// ones is a text of the sender's, of any length.
func Method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions, http.MethodTrace, http.MethodConnect:
		return r.Method
	}
	return "other"
}
