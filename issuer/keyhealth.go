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
	At    time.Time // zero for not since the start, which tests them too
	Err   error     // of the keys that sign
	Spare error     // of those under keys, which could not take over
}

// SelfTest has each key sign, and verifies that. What it finds is what
// [Issuer.KeyHealth] tells until the next one. It returns an error only of the
// keys that sign answers.
func (i *Issuer) SelfTest(context.Context) error {
	i.testSpares()
	return i.testSigning()
}

// testSpares tests the keys that do not sign yet, or no more: one that is away
// would otherwise be found out on the day when it is to take over.
func (i *Issuer) testSpares() {
	var errs []error
	for _, s := range i.spares {
		if s.signer == nil || s.ended(i.now()) {
			continue
		}
		if err := key.Test(s.signer); err != nil {
			errs = append(errs, fmt.Errorf("%s, under keys: %w", s.id, err))
		}
	}
	err := errors.Join(errs...)
	i.keys.spare.Store(&err)
}

func (i *Issuer) testSigning() error {
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
	i.keys.last.Store(&tested{i.now(), err})
	return err
}

// tested is how a test ended.
type tested struct {
	at  time.Time
	err error
}

// KeyHealth tells how the last self-test ended. An issuer whose keys failed is
// not ready.
func (i *Issuer) KeyHealth() (health KeyHealth) {
	if last := i.keys.last.Load(); last != nil {
		health.At, health.Err = last.at, last.err
	}
	if spare := i.keys.spare.Load(); spare != nil {
		health.Spare = *spare
	}
	return health
}

// keysCondition is how the keys do. Without the spare ones answers are signed all
// the same.
func (i *Issuer) keysCondition() Condition {
	health := i.KeyHealth()
	if health.Err == nil && health.Spare != nil {
		return Condition{"keys", StateDoubt, health.Spare.Error()}
	}
	return condition("keys", health.Err)
}

// keyState is what is known of how the keys do.
type keyState struct {
	last  atomic.Pointer[tested] // nil for nothing but good
	spare atomic.Pointer[error]  // of the last test of the spare ones; nil for none
	probe sync.Mutex             // of who looks whether they are back
}

// noteKeys keeps that a key could not sign.
func (i *Issuer) noteKeys(cause error) {
	if errors.Is(cause, key.ErrUnavailable) {
		i.keys.last.Store(&tested{i.now(), cause})
	}
}

// keysReady returns an error while the keys are known not to sign, before any
// source is read: which questions need a signature would otherwise tell which
// records there are. One question at a time looks whether they are back; the
// others are not kept waiting.
func (i *Issuer) keysReady() error {
	err := i.KeyHealth().Err
	if err != nil && i.keys.probe.TryLock() {
		defer i.keys.probe.Unlock()
		err = i.testSigning()
	}
	if err != nil && !errors.Is(err, key.ErrUnavailable) {
		err = fmt.Errorf("%w: %w", key.ErrUnavailable, err)
	}
	return err
}
