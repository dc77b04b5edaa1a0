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

// NewServer returns a server with limits that suit a public service.
func NewServer(handler http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       requestTimeout,
		WriteTimeout:      answerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxRequestHeader,
		TLSConfig:         &tls.Config{MinVersion: tls.VersionTLS12},
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
}
