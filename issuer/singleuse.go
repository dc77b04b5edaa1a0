package issuer

import (
	"context"
	"errors"
	"fmt"

	"github.com/chancery-vc/chancery/issuer/singleuse"
	"github.com/chancery-vc/chancery/issuer/singleuse/local"
	"github.com/chancery-vc/chancery/issuer/singleuse/postgres"
	"github.com/chancery-vc/chancery/issuer/singleuse/sealed"
)

// openSingleUse opens what keeps what may be used once: the issuer's own state,
// or what replicas share.
func (i *Issuer) openSingleUse(ctx context.Context) error {
	if i.config.SharedState == nil {
		i.singleUse = local.New(i.store, i.now)
		return nil
	}
	if err := i.openShared(ctx); err != nil {
		return err
	}
	if err := i.join(ctx); err != nil {
		return err
	}
	i.singleUse = sealed.New(i.shared, []byte(i.pseudonyms.Pairwise("shared state")))
	return nil
}

// proveShared holds the shared store against what it must be, without a state.
func (i *Issuer) proveShared(ctx context.Context) error {
	if i.config.SharedState == nil {
		return nil
	}
	return i.openShared(ctx)
}

func (i *Issuer) openShared(ctx context.Context) error {
	c := i.config.SharedState
	password, err := i.password(ctx, c.PasswordFile)
	if err != nil {
		return fmt.Errorf("shared_state: %w", err)
	}
	if i.shared, err = postgres.Open(ctx, postgres.Options{DSN: c.DSN, Schema: c.Schema, Password: password, Now: i.now}); err == nil {
		err = errors.Join(i.shared.Prove(ctx), i.shared.CheckClock(ctx))
	}
	if err != nil {
		return fmt.Errorf("shared_state: %w", err)
	}
	return nil
}

// SingleUse returns what keeps what may be used once: offers, tokens, nonces.
func (i *Issuer) SingleUse() singleuse.Store { return i.singleUse }
