package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/chancery-vc/chancery/issuer"
)

// sweepTick is how often what may be used once is removed when it is over.
const sweepTick = time.Minute

// sweep removes it until ctx is done.
func sweep(ctx context.Context, i *issuer.Issuer, log *slog.Logger) {
	ticker := time.NewTicker(sweepTick)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if err := i.SingleUse().Sweep(ctx); err != nil {
				log.Error("sweep what may be used once", "error", err)
			}
		}
	}
}
