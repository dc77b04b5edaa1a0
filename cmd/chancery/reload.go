package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"

	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/metrics"
)

// errFixed says that something was changed that cannot be while it is served.
var errFixed = errors.New("this cannot change while the issuer is served: put it back, or stop and start the issuer")

// unchanged returns an error unless next can be served where former is.
func unchanged(former, next *config.Config) error {
	var changed []string
	for _, part := range []struct{ name, was, is string }{
		{"url", former.URL, next.URL},
		{"issuer", former.Issuer, next.Issuer},
		{"listen", former.Listen, next.Listen},
		{"tls.certificate", former.TLS.Certificate, next.TLS.Certificate},
		{"tls.key", former.TLS.Key, next.TLS.Key},
		{"state", former.State, next.State},
		{"replica", former.Replica, next.Replica},
		{"operations.listen", former.Operations.Listen, next.Operations.Listen},
		{"access.client_ca", former.Access.ClientCA, next.Access.ClientCA},
	} {
		if part.was != part.is {
			changed = append(changed, part.name)
		}
	}
	if len(changed) > 0 {
		return fmt.Errorf("%s: %w", strings.Join(changed, ", "), errFixed)
	}
	return nil
}

// keeper keeps an issuer served, under one configuration after the other.
type keeper struct {
	gate    gate
	from    configured
	asked   chan chan<- outcome // who wants the configuration to be read again
	ended   chan struct{}       // closed when nothing changes any more
	stop    func()              // ends what is done beside answering
	environ issuer.Environment
	figures *metrics.Metrics
	metrics http.Handler
	log     *slog.Logger
}

func newKeeper(s streams, from configured) *keeper {
	figures := metrics.New()
	k := &keeper{from: from, asked: make(chan chan<- outcome), ended: make(chan struct{}), environ: environment(s), log: slog.New(slog.NewJSONHandler(s.err, nil))}
	k.environ.Observer, k.figures = figures, figures
	k.environ.Warn = func(text string) { k.log.Warn(text) }
	k.metrics = figures.Handler(func() *issuer.Issuer { return k.gate.current().Issuer })
	return k
}

// keep serves until ctx is done, a server or the state has failed, or a change
// of the configuration has left no issuer.
func (k *keeper) keep(ctx context.Context, failed <-chan error, change <-chan os.Signal) error {
	k.stop = beside(ctx, k.gate.current().Issuer, k.log)
	defer func() { k.stop() }()
	defer close(k.ended)
	for {
		now := k.gate.current()
		answer := make(chan<- outcome, 1) // of a signal, which nobody reads
		select {
		case err := <-failed:
			return err
		case <-now.Store().Stopped():
			return now.Store().Failure()
		case <-ctx.Done():
			k.log.Info("stopping")
			return nil
		case <-change:
		case answer = <-k.asked:
		}
		result, err := k.change(ctx, now)
		answer <- result
		if err != nil {
			return err
		}
	}
}

// change has the configuration come into force, or leaves the former one there;
// the outcome says which. An error says that neither is.
func (k *keeper) change(ctx context.Context, former *generation) (outcome, error) {
	next, err := k.check(ctx, former)
	if err == nil {
		err = k.gate.hold(stopTime)
	}
	if err != nil {
		k.stays(former, err)
		return outcome{err: err}, nil
	}
	k.stop()
	refused, err := k.swap(context.WithoutCancel(ctx), former, next)
	if err != nil {
		return outcome{err: err}, err
	}
	k.stop = beside(ctx, k.gate.current().Issuer, k.log)
	return outcome{reloaded(former.Config(), next), refused}, nil
}

// stays tells that former, or what was opened in its place, stays in force.
func (k *keeper) stays(former *generation, err error) {
	k.log.Error("the configuration was not changed: the former one stays in force", "error", err)
	former.NoteRefused(err)
}

// check loads the configuration and tries all of it out, but for the state.
func (k *keeper) check(ctx context.Context, former *generation) (*config.Config, error) {
	next, err := k.from.load()
	if err != nil {
		return nil, err
	}
	if err := unchanged(former.Config(), next); err != nil {
		return nil, err
	}
	if err := sameAuthorities(former.Access().ClientAuthorities(), next); err != nil {
		return nil, err
	}
	if err := former.CheckApproval(next); err != nil {
		return nil, err
	}
	tried := k.environ
	tried.Observer = nil // nobody asks anything
	_, err = issuer.Explain(ctx, next, tried)
	return next, err
}

// swap puts the issuer of next in the place of the former one, while the gate is
// held. If it cannot be opened, which refused says, the former one is opened
// again; err says that this could not be done either.
func (k *keeper) swap(ctx context.Context, former *generation, next *config.Config) (refused, err error) {
	if err := former.Close(); err != nil {
		k.log.Warn("the former configuration is not closed as it should be", "error", err)
	}
	opened, refused := k.open(ctx, next)
	if refused == nil {
		r := reloaded(former.Config(), next)
		k.log.Info("the configuration was changed", "sha256", r.Configuration, "formerly", r.Formerly, "parts", strings.Join(r.Changed, ", "), "approvers", strings.Join(r.Approvers, ", "))
		k.gate.release(opened)
		return nil, nil
	}
	if opened, err = k.open(ctx, former.Config()); err != nil {
		k.gate.release(former) // which is closed, and answers with errors
		return refused, fmt.Errorf("the former configuration cannot be opened again: %w", errors.Join(err, refused))
	}
	k.stays(opened, refused)
	k.gate.release(opened)
	return refused, nil
}

func (k *keeper) open(ctx context.Context, c *config.Config) (*generation, error) {
	l, err := openIn(ctx, c, k.environ)
	if err != nil {
		return nil, err
	}
	g, err := newGeneration(l, k.metrics, k.log)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return g, nil
}
