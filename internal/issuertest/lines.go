package issuertest

import (
	"bytes"
	"log/slog"
	"sync"
)

// Lines is a service's log, which many may write to.
type Lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *Lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *Lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Logger writes records to the log, in JSON.
func (l *Lines) Logger() *slog.Logger { return slog.New(slog.NewJSONHandler(l, nil)) }
