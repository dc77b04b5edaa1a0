package bbs

import (
	"crypto"
	"errors"
	"fmt"
	"io"

	"github.com/chancery-vc/chancery/internal/bbs"
	"github.com/chancery-vc/chancery/internal/multikey"
	"github.com/chancery-vc/chancery/verifier/proof"
)

// keyMaterial is the number of random bytes that a key is derived from.
const keyMaterial = 32

// PrivateKey is an issuer's key. It does not print itself.
type PrivateKey struct{ secret *bbs.SecretKey }

var _ crypto.Signer = (*PrivateKey)(nil)

// GenerateKey makes a key of 32 random bytes.
func GenerateKey(random io.Reader) (*PrivateKey, error) {
	material := make([]byte, keyMaterial)
	if _, err := io.ReadFull(random, material); err != nil {
		return nil, err
	}
	secret, err := scheme().KeyGen(material, nil, nil)
	if err != nil {
		return nil, fault(err)
	}
	return &PrivateKey{secret}, nil
}

// ParsePrivateKey reads a key of 32 bytes, big-endian.
func ParsePrivateKey(raw []byte) (*PrivateKey, error) {
	secret, err := bbs.ParseSecretKey(raw)
	if err != nil {
		return nil, fault(err)
	}
	return &PrivateKey{secret}, nil
}

// Bytes returns the 32 bytes of the key.
func (k *PrivateKey) Bytes() []byte { return k.secret.Bytes() }

// Equal tells in constant time whether x is the same key.
func (k *PrivateKey) Equal(x crypto.PrivateKey) bool {
	other, ok := x.(*PrivateKey)
	return ok && k.secret.Equal(other.secret)
}

// Public returns the public key, of the type that package did has for keys of
// BLS12-381 G2.
func (k *PrivateKey) Public() crypto.PublicKey {
	return multikey.BLS12381G2(k.secret.PublicKey().Bytes())
}

// Format keeps the key out of every text, logs included.
func (PrivateKey) Format(f fmt.State, _ rune) { fmt.Fprint(f, "a BBS private key, not shown") }

// Options is what BBS signs beside a header, which [crypto.Signer] calls the
// digest. Any signer that takes it can be used here.
type Options struct {
	Messages   [][]byte
	Commitment []byte // of a holder, to be signed blindly; nil is none
	NymEntropy []byte // 32 bytes, where the commitment is for pseudonyms; nil if not
}

// HashFunc returns zero: the header is not hashed before.
func (*Options) HashFunc() crypto.Hash { return 0 }

// Sign returns the signature of a header and of what opts, an [*Options], has.
// It is deterministic.
func (k *PrivateKey) Sign(_ io.Reader, header []byte, opts crypto.SignerOpts) ([]byte, error) {
	o, ok := opts.(*Options)
	if !ok {
		return nil, fmt.Errorf("%w: a BBS key signs for bbs-2023 alone, not with %T", proof.ErrKey, opts)
	}
	signature, err := k.sign(header, o)
	if errors.Is(err, bbs.ErrMalformed) { // which nothing can be but what binds
		return nil, fmt.Errorf("%w: %w", ErrBinding, err)
	}
	return signature, fault(err)
}

func (k *PrivateKey) sign(header []byte, o *Options) ([]byte, error) {
	switch {
	case o.Commitment == nil:
		return scheme().Sign(k.secret, header, o.Messages)
	case o.NymEntropy == nil:
		return scheme().BlindSign(k.secret, o.Commitment, header, o.Messages)
	}
	entropy, err := bbs.ParseSecret(o.NymEntropy)
	if err != nil {
		return nil, err
	}
	return scheme().BlindSignWithNym(k.secret, o.Commitment, entropy, header, o.Messages)
}

// publicKey wants key to be of BLS12-381 G2, in its subgroup.
func publicKey(key crypto.PublicKey) (*bbs.PublicKey, error) {
	code, raw, err := multikey.Raw(key)
	if err != nil || code != multikey.CodeBLS12381G2 {
		return nil, fmt.Errorf("%w: it takes a key of BLS12-381 G2, not %T", proof.ErrKey, key)
	}
	public, err := bbs.ParsePublicKey(raw)
	return public, fault(err)
}
