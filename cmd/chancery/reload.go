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
	path    string // of the configuration
	environ issuer.Environment
	metrics http.Handler
	log     *slog.Logger
}

func newKeeper(s streams, path string) *keeper {
	figures := metrics.New()
	k := &keeper{path: path, environ: environment(s), log: slog.New(slog.NewJSONHandler(s.err, nil))}
	k.environ.Observer = figures
	k.metrics = figures.Handler(func() *issuer.Issuer { return k.gate.current().Issuer })
	return k
}

// keep serves until ctx is done, a server or the state has failed, or a change
// of the configuration has left no issuer.
func (k *keeper) keep(ctx context.Context, failed <-chan error, change <-chan os.Signal) error {
	stop := beside(ctx, k.gate.current().Issuer, k.log)
	defer func() { stop() }()
	for {
		now := k.gate.current()
		select {
		case err := <-failed:
			return err
		case <-now.Store().Stopped():
			return now.Store().Failure()
		case <-ctx.Done():
			k.log.Info("stopping")
			return nil
		case <-change:
		}
		next, err := k.check(ctx, now.Config())
		if err == nil {
			err = k.gate.hold(stopTime)
		}
		if err != nil {
			k.stays(err)
			continue
		}
		stop()
		if err := k.swap(context.WithoutCancel(ctx), now, next); err != nil {
			return err
		}
		stop = beside(ctx, k.gate.current().Issuer, k.log)
	}
}

func (k *keeper) stays(err error) {
	k.log.Error("the configuration was not changed: the former one stays in force", "error", err)
}

// check loads the configuration and tries all of it out, but for the state.
func (k *keeper) check(ctx context.Context, former *config.Config) (*config.Config, error) {
	next, err := config.Load(k.path)
	if err != nil {
		return nil, err
	}
	if err := unchanged(former, next); err != nil {
		return nil, err
	}
	tried := k.environ
	tried.Observer = nil // nobody asks anything
	_, err = issuer.Explain(ctx, next, tried)
	return next, err
}

// swap puts the issuer of next in the place of the former one, while the gate is
// held. If it cannot be opened, the former one is opened again; an error says
// that this could not be done either.
func (k *keeper) swap(ctx context.Context, former *generation, next *config.Config) error {
	if err := former.Close(); err != nil {
		k.log.Warn("the former configuration is not closed as it should be", "error", err)
	}
	opened, err := k.open(ctx, next)
	if err == nil {
		k.log.Info("the configuration was changed", "sha256", next.Digest(), "formerly", former.Config().Digest())
		k.gate.release(opened)
		return nil
	}
	k.stays(err)
	if opened, err = k.open(ctx, former.Config()); err != nil {
		k.gate.release(former) // which is closed, and answers with errors
		return fmt.Errorf("the former configuration cannot be opened again: %w", err)
	}
	k.gate.release(opened)
	return nil
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
