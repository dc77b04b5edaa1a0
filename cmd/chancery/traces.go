package main

import (
	"context"
	"time"

	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/tracing"
)

// flushTime is how long the last traces may take to be sent.
const flushTime = 3 * time.Second

// trace has each request traced if the environment names a collector. What it
// returns ends that.
func (k *keeper) trace(ctx context.Context) (stop func(), err error) {
	tracer, err := tracing.Open(ctx, k.log)
	if tracer == nil || err != nil {
		return func() {}, err
	}
	k.environ.Observer = issuer.Observers{k.environ.Observer, tracer}
	return func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushTime)
		defer cancel()
		tell(k.log, "the last traces were not sent", tracer.Close(ctx))
	}, nil
}
