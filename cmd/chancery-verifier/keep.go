package main

import (
	"log/slog"
	"sync"
	"time"

	"github.com/chancery-vc/chancery/verifier"
)

// keepTime is for how long a service judges by the same time and the same
// files. An issuer's clock may be off by more.
const keepTime = 10 * time.Second

// kept is the verifier of a service, made anew as time goes on: so it judges
// by the time of the request, and by the bundles and contexts that are there
// now.
type kept struct {
	trust *trust
	now   clock
	log   *slog.Logger

	mu       sync.Mutex
	policy   verifier.Policy
	verifier *verifier.Verifier
	made     time.Time
}

// keep reads the files for the first time: then they must be good.
func keep(t *trust, now clock, log *slog.Logger) (*kept, error) {
	k := &kept{trust: t, now: now, log: log}
	return k, k.renew(now())
}

// renew reads the files and makes a verifier of them.
func (k *kept) renew(now time.Time) error {
	policy, err := k.trust.policy(func() time.Time { return now })
	if err != nil {
		return err
	}
	v, err := verifier.New(policy)
	if err != nil {
		return err
	}
	k.policy, k.verifier, k.made = policy, v, now
	return nil
}

// current returns the verifier for a request. If a file cannot be used any
// more, what was read before stays, and grows stale.
func (k *kept) current() (*verifier.Verifier, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	if age := now.Sub(k.made); age >= 0 && age < keepTime {
		return k.verifier, nil
	}
	if err := k.renew(now); err != nil {
		k.log.Error("what was read before stays in use", "error", err)
		return k.grow(now)
	}
	return k.verifier, nil
}

// grow makes a verifier of what was read before, to judge by now.
func (k *kept) grow(now time.Time) (*verifier.Verifier, error) {
	if k.trust.At.IsZero() {
		k.policy.Now = now
	}
	v, err := verifier.New(k.policy)
	if err != nil {
		return nil, err
	}
	k.verifier, k.made = v, now
	return v, nil
}
