package main

import (
	"context"
	"errors"

	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/issuerhttp"
)

// outcome is what became of a change of the configuration: err says why the
// former one stays in force.
type outcome struct {
	issuerhttp.Reloaded
	err error
}

// reloaded tells what is other in next.
func reloaded(former, next *config.Config) issuerhttp.Reloaded {
	r := issuerhttp.Reloaded{Configuration: next.Digest(), Formerly: former.Digest(), Changed: former.Changed(next)}
	if a := next.Approval(); a != nil {
		r.Serial, r.Approvers = a.Serial, a.Approvers
	}
	return r
}

// errStopping says that no configuration comes into force any more.
var errStopping = errors.New("the issuer is stopping")

// reload has the configuration be read again, as a signal does, and waits for
// what comes of it.
func (k *keeper) reload(ctx context.Context) (issuerhttp.Reloaded, error) {
	answer := make(chan outcome, 1)
	select {
	case k.asked <- answer:
		result := <-answer
		return result.Reloaded, result.err
	case <-k.ended:
		return issuerhttp.Reloaded{}, errStopping
	case <-ctx.Done():
		return issuerhttp.Reloaded{}, ctx.Err()
	}
}
