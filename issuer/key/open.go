package key

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"errors"
	"fmt"

	"github.com/chancery-vc/chancery/internal/secretfile"
	"github.com/chancery-vc/chancery/issuer/secret"
)

// ErrUnavailable says that who has the key does not answer: an HSM that lost
// its session, a Vault that is sealed or away. What is signed then is not made;
// it can be asked for again.
var ErrUnavailable = errors.New("the key store is unavailable")

// Kind is a kind of signing keys.
type Kind string

// The kinds.
const (
	Ed25519 Kind = "Ed25519"
	P256    Kind = "P-256"
)

// KindOf returns the kind of a public key, or "".
func KindOf(public crypto.PublicKey) Kind {
	switch public := public.(type) {
	case ed25519.PublicKey:
		return Ed25519
	case *ecdsa.PublicKey:
		if public.Curve == elliptic.P256() {
			return P256
		}
	}
	return ""
}

// Check tells whether a text is a reference to a signing key.
func Check(text string) error {
	r, err := secret.Parse(text)
	if err == nil && r.Kind == secret.PKCS11 {
		_, err = parsePKCS11(r.Name)
	}
	return err
}

// Open returns the signing key that a reference names, of this kind, after it
// has signed what verifies. Of a key in a token or in Vault only signatures come
// out; its signer is an io.Closer, and errors of [crypto.Signer.Sign] wrap
// ErrUnavailable while its keeper does not answer. It finds the keeper again by
// itself.
func Open(ctx context.Context, from *secret.Store, r secret.Reference, kind Kind) (crypto.Signer, error) {
	signer, err := open(ctx, from, r)
	if err != nil {
		return nil, err
	}
	if found := KindOf(signer.Public()); found != kind {
		return nil, errors.Join(fmt.Errorf("%w: %s holds a %T; %s is wanted", ErrInvalid, shown(r), signer.Public(), wanted(kind)), Close(signer))
	}
	if err := Test(signer); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", shown(r), err), Close(signer))
	}
	return signer, nil
}

func open(ctx context.Context, from *secret.Store, r secret.Reference) (crypto.Signer, error) {
	if r.Kind == secret.PKCS11 {
		return openPKCS11(ctx, from, r)
	}
	if r.Kind == secret.Vault {
		in, err := r.Vault()
		if err != nil {
			return nil, err
		}
		if in.Engine == secret.EngineTransit {
			return openTransit(ctx, from.Vault(), in)
		}
	}
	data, err := from.Read(ctx, r, maxFileBytes)
	switch {
	case errors.Is(err, secret.ErrUnavailable):
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	case errors.Is(err, secretfile.ErrContent), errors.Is(err, secret.ErrContent):
		return nil, fmt.Errorf("%w: %w", ErrInvalid, err)
	case err != nil:
		return nil, fmt.Errorf("signing key: %w", err)
	}
	parsed, err := parse(shown(r), data)
	if err != nil {
		return nil, err
	}
	signer, ok := parsed.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("%w: %s holds a %T", ErrInvalid, shown(r), parsed)
	}
	return signer, nil
}

// shown is what people call a reference: of a file its path.
func shown(r secret.Reference) string {
	if r.Kind == secret.File {
		return r.Name
	}
	return r.String()
}

func wanted(kind Kind) string {
	if kind == P256 {
		return "one of P-256"
	}
	return string(kind)
}

// Close gives free what a signer holds, if anything.
func Close(signer crypto.Signer) error {
	if closer, ok := signer.(interface{ Close() error }); ok {
		return closer.Close()
	}
	return nil
}
