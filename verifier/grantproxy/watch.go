package grantproxy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/web"
)

// Left is what is left of the grant, as the registry tells it.
type Left struct {
	Grant   string    `json:"grant"`
	Partner string    `json:"partner"`
	Records int       `json:"records"`
	Left    int       `json:"left"`
	Expires time.Time `json:"expires"`
}

// End is why a proxy ended.
type End string

// The ends.
const (
	EndExpired End = "the grant has ended"
	EndUsedUp  End = "the grant is used up: it is for no more records than were asked about"
	EndRevoked End = "the registry takes the grant no more: it was revoked, or has ended by its clock"
	EndEarly   End = "the registry does not take the grant yet: it has not begun"
	EndStopped End = "stopped"
)

// Times that a proxy takes.
const (
	pause      = time.Second      // between two questions what is left, at least
	leftTime   = 10 * time.Second // for what is left
	stopTime   = 10 * time.Second // for what is under way at the end
	answerTime = 90 * time.Second // for a question and its answer
)

// watch is what a proxy knows of the grant.
type watch struct {
	mu    sync.Mutex
	left  Left
	end   End
	done  chan struct{} // closed at the end
	again chan struct{} // something was asked, so that less may be left
}

func (w *watch) init() { w.done, w.again = make(chan struct{}), make(chan struct{}, 1) }

// ended returns why the proxy ended, or "".
func (w *watch) ended() End {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.end
}

// finish ends the proxy, unless it has ended.
func (w *watch) finish(end End) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.end == "" {
		w.end = end
		close(w.done)
	}
}

// keep keeps what is left, and tells whether it is something else than before.
func (w *watch) keep(l Left) (news bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	news, w.left = w.left != l, l
	return news
}

func (w *watch) last() Left {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.left
}

// Serve answers programs on listener until the proxy ends, and returns why. It
// returns an error if it cannot begin: the registry does not take the grant, or
// does not answer. host is as that of [Proxy.Handler]. ready is called once
// programs are answered.
func (p *Proxy) Serve(ctx context.Context, listener net.Listener, host string, ready func()) (End, error) {
	if _, err := p.refresh(ctx); err != nil {
		return p.watch.ended(), errors.Join(err, listener.Close())
	}
	server := web.NewServer(p.Handler(host), slog.New(slog.DiscardHandler))
	server.WriteTimeout = answerTime
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	ready()
	var err error
	select {
	case err = <-failed:
		p.watch.finish(EndStopped)
	case end := <-p.follow(ctx):
		p.watch.finish(end)
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
		defer cancel()
		if err = server.Shutdown(stop); err != nil {
			err = errors.Join(fmt.Errorf("what was under way at the end had no answer within %s: %w", stopTime, err), server.Close())
		}
	}
	return p.watch.ended(), err
}

// follow asks what is left, again and again, until the proxy is to end.
func (p *Proxy) follow(ctx context.Context) <-chan End {
	ended := make(chan End, 1)
	go func() {
		expiry := time.NewTimer(p.terms.ExpiresAt().Sub(p.now()))
		defer expiry.Stop()
		ticker := time.NewTicker(p.poll)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				ended <- EndStopped
				return
			case <-expiry.C:
				ended <- EndExpired
				return
			case <-p.watch.done:
				ended <- p.watch.ended()
				return
			case <-ticker.C:
			case <-p.watch.again:
			}
			_, _ = p.refresh(ctx) // what fails now is tried again; what ends the proxy is kept
			_ = web.Pause(ctx, min(pause, p.poll))
		}
	}()
	return ended
}

// refresh asks what is left, and ends the proxy if the registry takes the grant
// no more.
func (p *Proxy) refresh(ctx context.Context) (Left, error) {
	if p.watch.ended() != "" {
		return p.watch.last(), nil
	}
	ctx, cancel := context.WithTimeout(ctx, leftTime)
	defer cancel()
	left, err := p.upstream.left(ctx)
	if errors.Is(err, errTaken) {
		p.watch.finish(p.whyTaken())
	}
	if err != nil {
		return p.watch.last(), err
	}
	if p.watch.keep(left) && p.tell != nil {
		p.tell(left)
	}
	return left, nil
}

// whyTaken tells a grant that ended, or has not begun, from one that was revoked.
func (p *Proxy) whyTaken() End {
	switch now := p.now(); {
	case !now.Before(p.terms.ExpiresAt()):
		return EndExpired
	case now.Before(p.terms.BeginsAt()):
		return EndEarly
	}
	return EndRevoked
}

// usedUp is the type of the registry's problem of that name.
const usedUp = "urn:chancery:problem:grant-used-up"

// problem is what matters here of a problem document, and outcome of one question
// of a batch.
type (
	problem struct {
		Type string `json:"type"`
	}
	outcome struct {
		Problem problem `json:"problem"`
	}
)

// heard draws from an answer whether the proxy is to end.
func (p *Proxy) heard(a *answer) {
	var said struct {
		problem
		Answers []outcome `json:"answers"`
	}
	_ = json.Unmarshal(a.body, &said) // of what is no JSON nothing follows
	switch {
	case a.denied("invalid_token"):
		p.watch.finish(p.whyTaken())
	case said.Type == usedUp, slices.ContainsFunc(said.Answers, func(o outcome) bool { return o.Problem.Type == usedUp }):
		p.watch.finish(EndUsedUp)
	}
	select {
	case p.watch.again <- struct{}{}:
	default:
	}
}
