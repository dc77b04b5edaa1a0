package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/chancery-vc/chancery/issuer/issuerhttp"
)

// generation is an issuer under one configuration, and what it answers with.
type generation struct {
	local
	public, operator, operations http.Handler
}

func newGeneration(l local, metrics http.Handler, log *slog.Logger) (*generation, error) {
	public, err := issuerhttp.Public(l.Issuer, l.service, log)
	return &generation{
		local: l, public: public, operator: issuerhttp.Operator(l.Issuer, l.service, log), operations: issuerhttp.Operations(l.Issuer, metrics, log),
	}, err
}

// errBusy says that requests did not end in time.
var errBusy = errors.New("requests that are under way do not end; try again")

// gate lets each request to one generation. While it is held, requests wait
// before it; so none is lost when generations change, and none sees two.
type gate struct {
	mu      sync.Mutex
	now     *generation
	running int
	held    chan struct{} // closed when it is held no more; nil if it is not held
	idle    chan struct{} // closed when nothing runs; nil if nobody waits for that
}

// current returns the generation in force.
func (g *gate) current() *generation {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.now
}

// handler answers with what pick finds in the generation in force.
func (g *gate) handler(pick func(*generation) http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		in := g.enter(r.Context())
		if in == nil {
			return // whoever asked went away
		}
		defer g.leave()
		pick(in).ServeHTTP(w, r)
	})
}

// enter waits until the gate is not held. It returns nil if ctx ends first.
func (g *gate) enter(ctx context.Context) *generation {
	for {
		g.mu.Lock()
		held := g.held
		if held == nil {
			g.running++
			defer g.mu.Unlock()
			return g.now
		}
		g.mu.Unlock()
		select {
		case <-held:
		case <-ctx.Done():
			return nil
		}
	}
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.running--; g.running == 0 && g.idle != nil {
		close(g.idle)
		g.idle = nil
	}
}

// hold lets nobody in any more, and returns when nobody is in. If that takes
// longer than within, everything is as it was, and the error is errBusy.
func (g *gate) hold(within time.Duration) error {
	idle := make(chan struct{})
	g.mu.Lock()
	g.held = make(chan struct{})
	if g.running == 0 {
		close(idle)
	} else {
		g.idle = idle
	}
	g.mu.Unlock()
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case <-idle:
		return nil
	case <-timer.C:
		g.release(g.current())
		return errBusy
	}
}

// release lets those who wait, and all others, to next.
func (g *gate) release(next *generation) {
	g.mu.Lock()
	defer g.mu.Unlock()
	close(g.held)
	g.now, g.held, g.idle = next, nil, nil
}
