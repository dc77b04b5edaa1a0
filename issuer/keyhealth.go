package issuer

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/chancery-vc/chancery/issuer/key"
)

// KeyHealth is how the keys did when they were last tested.
type KeyHealth struct {
	At  time.Time // zero for not since the start, which tests them too
	Err error
}

// SelfTest has each key sign, and verifies that. What it finds is what
// [Issuer.KeyHealth] tells until the next one.
func (i *Issuer) SelfTest(context.Context) error {
	var errs []error
	for _, k := range []struct {
		name   string
		signer crypto.Signer
	}{{"signing key", i.signer}, {"selective key", i.second}} {
		if k.signer == nil {
			continue
		}
		if err := key.Test(k.signer); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", k.name, err))
		}
	}
	err := errors.Join(errs...)
	i.keys.last.Store(&KeyHealth{i.now(), err})
	return err
}

// KeyHealth tells how the last self-test ended. An issuer whose keys failed is
// not ready.
func (i *Issuer) KeyHealth() KeyHealth {
	if health := i.keys.last.Load(); health != nil {
		return *health
	}
	return KeyHealth{}
}

// keyState is what is known of how the keys do.
type keyState struct {
	last  atomic.Pointer[KeyHealth] // nil for nothing but good
	probe sync.Mutex                // of who looks whether they are back
}

// noteKeys keeps that a key could not sign.
func (i *Issuer) noteKeys(cause error) {
	if errors.Is(cause, key.ErrUnavailable) {
		i.keys.last.Store(&KeyHealth{i.now(), cause})
	}
}

// keysReady returns an error while the keys are known not to sign, before any
// source is read: which questions need a signature would otherwise tell which
// records there are. One question at a time looks whether they are back; the
// others are not kept waiting.
func (i *Issuer) keysReady(ctx context.Context) error {
	err := i.KeyHealth().Err
	if err != nil && i.keys.probe.TryLock() {
		defer i.keys.probe.Unlock()
		err = i.SelfTest(ctx)
	}
	if err != nil && !errors.Is(err, key.ErrUnavailable) {
		err = fmt.Errorf("%w: %w", key.ErrUnavailable, err)
	}
	return err
}
