package issuer

import (
	"context"
	"crypto"
	"errors"
	"fmt"

	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/key"
	"github.com/chancery-vc/chancery/issuer/secret"
	"github.com/chancery-vc/chancery/issuer/secret/vault"
)

// openSecrets makes what reads secrets: the configuration says where they are,
// and no more.
func (i *Issuer) openSecrets(context.Context) (err error) {
	i.secrets, err = secretsOf(i.config, i.environment)
	return err
}

// secretsOf returns what reads the secrets of c.
func secretsOf(c *config.Config, e Environment) (*secret.Store, error) {
	store := secret.New(c.Folder(), secret.Environment{Lookup: e.Lookup, Prompt: e.Prompt, Warn: e.Warn})
	if c.Vault == nil {
		return store, nil
	}
	login, err := loginTo(*c.Vault, store)
	if err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	options := vault.Options{Address: c.Vault.Address, Namespace: c.Vault.Namespace, Login: login, Now: e.Now}
	if c.Vault.CA != "" {
		pem, err := c.Read(c.Vault.CA, config.MaxFileBytes)
		if err != nil {
			return nil, fmt.Errorf("vault: ca: %w", err)
		}
		if options.Roots, err = web.OnlyRoots(pem); err != nil {
			return nil, fmt.Errorf("vault: ca: %s: %w", c.Vault.CA, err)
		}
	}
	client, err := vault.New(options)
	if err != nil {
		return nil, fmt.Errorf("vault: %w", err)
	}
	store.UseVault(client)
	return store, nil
}

// loginTo returns how to log in to Vault.
func loginTo(v config.Vault, store *secret.Store) (vault.Login, error) {
	text := v.Token
	switch {
	case v.AppRole != nil:
		text = v.AppRole.SecretID
	case v.Kubernetes != nil:
		text = v.Kubernetes.JWT
	}
	reference, err := secret.Parse(text)
	if err != nil {
		return nil, err
	}
	read := func(ctx context.Context) (string, error) { return store.Line(ctx, reference) }
	switch {
	case v.AppRole != nil:
		return vault.AppRole(v.AppRole.Mount, v.AppRole.RoleID, read), nil
	case v.Kubernetes != nil:
		return vault.Kubernetes(v.Kubernetes.Mount, v.Kubernetes.Role, read), nil
	}
	return vault.Token(read), nil
}

// openKey opens the signing keys, which sign before anything is served.
func (i *Issuer) openKey(ctx context.Context) (err error) {
	if i.signer, err = openKey(ctx, i.secrets, i.config.SigningKey, key.Ed25519); err != nil {
		return err
	}
	if i.config.SelectiveKey != "" {
		if i.second, err = openKey(ctx, i.secrets, i.config.SelectiveKey, key.P256); err != nil {
			return fmt.Errorf("selective_key: %w; `chancery init FOLDER --selective` makes one", err)
		}
	}
	return i.openSpares(ctx)
}

func openKey(ctx context.Context, from *secret.Store, text string, kind key.Kind) (crypto.Signer, error) {
	reference, err := secret.Parse(text)
	if err != nil {
		return nil, err
	}
	return key.Open(ctx, from, reference, kind)
}

// OpenSigningKey opens the signing key of a configuration.
func OpenSigningKey(ctx context.Context, c *config.Config, e Environment) (crypto.Signer, error) {
	secrets, err := secretsOf(c, e)
	if err != nil {
		return nil, err
	}
	return openKey(ctx, secrets, c.SigningKey, key.Ed25519)
}

// closeKeys gives free what the keys hold.
func (i *Issuer) closeKeys() error {
	var errs []error
	signers := []crypto.Signer{i.signer, i.second}
	for _, s := range i.spares {
		signers = append(signers, s.signer)
	}
	for _, signer := range signers {
		if signer != nil {
			errs = append(errs, key.Close(signer))
		}
	}
	if i.secrets != nil && i.secrets.Vault() != nil {
		i.secrets.Vault().Close()
	}
	return errors.Join(errs...)
}

// password returns what has the password of an account, by a reference; nil if
// there is none. It has been read once.
func (i *Issuer) password(ctx context.Context, text string) (func(context.Context) (string, error), error) {
	if text == "" {
		return nil, nil
	}
	read := func(ctx context.Context) (string, error) { return i.readSecret(ctx, text) }
	if _, err := read(ctx); err != nil {
		return nil, fmt.Errorf("password: %w", err)
	}
	return read, nil
}

// readSecret returns the secret of a reference, or the last one that was read
// while where it is does not answer.
func (i *Issuer) readSecret(ctx context.Context, text string) (string, error) {
	reference, err := secret.Parse(text)
	if err != nil {
		return "", err
	}
	return i.secrets.LastLine(ctx, reference)
}
