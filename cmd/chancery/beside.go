package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/chancery-vc/chancery/issuer"
)

// How exactly schedules are kept.
const (
	anchorTick    = time.Second     // of the anchors
	pseudonymTick = time.Minute     // of the keys of the log's pseudonyms
	sweepTick     = time.Minute     // of what may be used once, and is over
	orderTick     = 2 * time.Second // of what replicas are told to revoke
)

// beside starts what an issuer does beside answering, and returns what ends it.
func beside(ctx context.Context, i *issuer.Issuer, log *slog.Logger) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup // of those who write to the log, too
	again := func(what string, tick time.Duration, do func(context.Context) error) {
		all.Go(func() { every(ctx, tick, func() { tell(log, what, do(ctx)) }) })
	}
	again("scope", i.Config().Scope.Recheck.Std(), i.Reprove)
	again("pseudonyms", pseudonymTick, i.KeepPseudonyms)
	again("sweep what may be used once", sweepTick, i.SingleUse().Sweep)
	all.Go(func() { every(ctx, i.Config().SelfTest.Std(), testKeys(ctx, i, log)) })
	all.Go(func() { keepAnchors(ctx, i) })
	if i.Config().SharedState != nil {
		all.Go(func() { every(ctx, orderTick, followOrders(ctx, i, log)) })
	}
	return func() {
		cancel()
		all.Wait()
	}
}

// every does something again and again, until ctx is done.
func every(ctx context.Context, tick time.Duration, do func()) {
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			do()
		}
	}
}

func tell(log *slog.Logger, what string, err error) {
	if err != nil {
		log.Error(what, "error", err)
	}
}

// testKeys returns what has the keys sign, and tells when they do again.
func testKeys(ctx context.Context, i *issuer.Issuer, log *slog.Logger) func() {
	failed := false
	return func() {
		err := i.SelfTest(ctx)
		tell(log, "the self-test of the keys failed: no answer can be signed", err)
		if spare := i.KeyHealth().Spare; spare != nil {
			log.Warn("a key that signs no answers does not sign", "error", spare)
		}
		if err == nil && failed {
			log.Info("the keys sign again")
		}
		failed = err != nil
	}
}

// followOrders returns what revokes what replicas were told to, and tells of each
// failure once.
func followOrders(ctx context.Context, i *issuer.Issuer, log *slog.Logger) func() {
	told := ""
	return func() {
		err := i.FollowOrders(ctx)
		if text := fmt.Sprint(err); text != told && ctx.Err() == nil {
			told = text
			tell(log, "revocations of other replicas", err)
		}
	}
}

// keepAnchors brings checkpoints to the anchors until ctx is done.
func keepAnchors(ctx context.Context, i *issuer.Issuer) {
	ticker := time.NewTicker(anchorTick)
	defer ticker.Stop()
	i.KeepAnchors(ctx, ticker.C)
}
