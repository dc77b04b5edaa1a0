package key

import (
	"context"
	"crypto"
	"crypto/sha256"
	"fmt"
	"io"
	"time"
)

// signTime is how long a key store may take to sign.
const signTime = 10 * time.Second

// store is where a key stays that signs there.
type store interface {
	// sign signs a message with Ed25519, or a SHA-256 digest with P-256, then in
	// ASN.1. Its errors wrap ErrUnavailable where it may go well later.
	sign(ctx context.Context, input []byte) ([]byte, error)
	Close() error
}

// remote is a key that stays where it is.
type remote struct {
	store
	public crypto.PublicKey
}

var _ crypto.Signer = (*remote)(nil)

func (r *remote) Public() crypto.PublicKey { return r.public }

// Sign signs as the keys of the standard library do. What comes back is verified
// before it goes on.
func (r *remote) Sign(_ io.Reader, input []byte, options crypto.SignerOpts) ([]byte, error) {
	switch kind := KindOf(r.public); {
	case kind == Ed25519 && options.HashFunc() != 0:
		return nil, fmt.Errorf("%w: a key of Ed25519 signs no digest", ErrInvalid)
	case kind == P256 && (options.HashFunc() != crypto.SHA256 || len(input) != sha256.Size):
		return nil, fmt.Errorf("%w: a key of P-256 signs a digest of SHA-256", ErrInvalid)
	}
	ctx, cancel := context.WithTimeout(context.Background(), signTime)
	defer cancel()
	signature, err := r.sign(ctx, input)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	return signature, verify(r.public, input, signature)
}
