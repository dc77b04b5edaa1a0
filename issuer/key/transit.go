package key

import (
	"context"
	"crypto"
	"errors"
	"fmt"

	"github.com/chancery-vc/chancery/issuer/secret"
	"github.com/chancery-vc/chancery/issuer/secret/vault"
)

// transit is a key of Vault's transit engine.
type transit struct{ key *vault.TransitKey }

func openTransit(ctx context.Context, client *vault.Client, in secret.InVault) (crypto.Signer, error) {
	if client == nil {
		return nil, fmt.Errorf("%w: the key %s/%s is in Vault, and the configuration does not say, under vault, where that is", secret.ErrReference, in.Mount, in.Name)
	}
	key, err := client.TransitKey(ctx, in.Mount, in.Name, in.Version)
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", unavailable(err))
	}
	return &remote{transit{key}, key.Public}, nil
}

func (t transit) sign(ctx context.Context, input []byte) ([]byte, error) {
	signature, err := t.key.Sign(ctx, input)
	return signature, unavailable(err)
}

func (transit) Close() error { return nil } // the client is everybody's

// unavailable marks what may go well later. A token that is not good any more is
// among it: who gives tokens can mend that while the issuer runs.
func unavailable(err error) error {
	if errors.Is(err, vault.ErrUnavailable) || errors.Is(err, vault.ErrDenied) {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return err
}
