package sdjwt

import (
	"crypto"
	"crypto/ecdsa"
	"encoding/asn1"
	"fmt"
	"io"
	"math/big"

	"github.com/go-jose/go-jose/v4"
)

// sign returns the JWT of claims, in the compact serialization.
func sign(a algorithm, signer crypto.Signer, random io.Reader, header map[string]any, claims any) (string, error) {
	payload, err := encode(claims)
	if err != nil {
		return "", err
	}
	options := &jose.SignerOptions{}
	for name, value := range header {
		options.WithHeader(jose.HeaderKey(name), value)
	}
	joseSigner, err := jose.NewSigner(jose.SigningKey{
		Algorithm: jose.SignatureAlgorithm(a.name), Key: opaque{a, signer, random},
	}, options)
	if err != nil {
		return "", fmt.Errorf("sign with %s: %w", a.name, err)
	}
	signed, err := joseSigner.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("sign with %s: %w", a.name, err)
	}
	return signed.CompactSerialize()
}

// opaque lets go-jose sign with a [crypto.Signer].
type opaque struct {
	algorithm algorithm
	signer    crypto.Signer
	random    io.Reader
}

var _ jose.OpaqueSigner = opaque{}

// Public returns nil, so that go-jose writes no kid but the caller's.
func (opaque) Public() *jose.JSONWebKey { return nil }

// Algs returns the one algorithm of this signer.
func (o opaque) Algs() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{jose.SignatureAlgorithm(o.algorithm.name)}
}

// SignPayload signs as RFC 7518, section 3.4 and RFC 8037, section 3.1 have
// it.
func (o opaque) SignPayload(payload []byte, _ jose.SignatureAlgorithm) ([]byte, error) {
	if o.algorithm.hash == 0 {
		return o.signer.Sign(o.random, payload, crypto.Hash(0))
	}
	state := o.algorithm.hash.New()
	state.Write(payload)
	der, err := o.signer.Sign(o.random, state.Sum(nil), o.algorithm.hash)
	if err != nil {
		return nil, err
	}
	var pair struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &pair); err != nil || len(rest) > 0 {
		return nil, fmt.Errorf("%w: the signer's answer is not an ECDSA signature", ErrKey)
	}
	size := (o.algorithm.curve.Params().BitSize + 7) / 8
	signature := make([]byte, 2*size)
	pair.R.FillBytes(signature[:size])
	pair.S.FillBytes(signature[size:])
	return signature, nil
}

// signingAlgorithm returns the algorithm called name if signer has a key for
// it.
func signingAlgorithm(name string, signer crypto.Signer) (algorithm, error) {
	if signer == nil {
		return algorithm{}, fmt.Errorf("%w: there is no signer", ErrKey)
	}
	a, err := algorithmOf(name)
	if err != nil {
		return algorithm{}, err
	}
	return a, a.fits(signer.Public())
}

// sameKey tells whether two public keys are one.
func sameKey(a, b crypto.PublicKey) bool {
	if p, ok := a.(*ecdsa.PublicKey); ok && p == nil {
		return false
	}
	key, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && key.Equal(b)
}
