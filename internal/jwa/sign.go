package jwa

import (
	"crypto"
	"encoding/asn1"
	"fmt"
	"io"
	"math/big"

	"github.com/go-jose/go-jose/v4"
)

// Signer is a key that signs by one algorithm, which [Profile.Check] has found
// to be right for it.
type Signer struct {
	Algorithm string
	Key       crypto.Signer
	Random    io.Reader
}

// SignToken returns the token of payload. Its header is alg and what header
// says.
func (p *Profile) SignToken(s Signer, header map[string]any, payload []byte) (string, error) {
	options := &jose.SignerOptions{}
	for name, value := range header {
		options.WithHeader(jose.HeaderKey(name), value)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(s.Algorithm), Key: opaque{p, s}}, options)
	if err != nil {
		return "", fmt.Errorf("sign with %s: %w", s.Algorithm, err)
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("sign with %s: %w", s.Algorithm, err)
	}
	return signed.CompactSerialize()
}

// opaque lets go-jose sign with a [crypto.Signer].
type opaque struct {
	profile *Profile
	signer  Signer
}

var _ jose.OpaqueSigner = opaque{}

// Public returns nil, so that go-jose writes no kid but the caller's.
func (opaque) Public() *jose.JSONWebKey { return nil }

// Algs returns the one algorithm of this signer.
func (o opaque) Algs() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{jose.SignatureAlgorithm(o.signer.Algorithm)}
}

// SignPayload signs with the one algorithm of this signer.
func (o opaque) SignPayload(payload []byte, _ jose.SignatureAlgorithm) ([]byte, error) {
	return o.profile.Sign(o.signer, payload)
}

// Sign returns the signature of message, as JOSE and COSE write it: RFC 7518,
// section 3.4; RFC 8037, section 3.1; RFC 9964, section 4.
func (p *Profile) Sign(s Signer, message []byte) ([]byte, error) {
	a, err := p.algorithm(s.Algorithm)
	if err != nil {
		return nil, err
	}
	if a.hash == 0 {
		return s.Key.Sign(s.Random, message, crypto.Hash(0))
	}
	state := a.hash.New()
	state.Write(message)
	der, err := s.Key.Sign(s.Random, state.Sum(nil), a.hash)
	if err != nil {
		return nil, err
	}
	var pair struct{ R, S *big.Int }
	if rest, err := asn1.Unmarshal(der, &pair); err != nil || len(rest) > 0 || !a.holds(pair.R) || !a.holds(pair.S) {
		return nil, fmt.Errorf("%w: the signer's answer is not an ECDSA signature", p.ErrKey)
	}
	signature := make([]byte, 2*a.size)
	pair.R.FillBytes(signature[:a.size])
	pair.S.FillBytes(signature[a.size:])
	return signature, nil
}

// holds tells whether n can be r or s of a signature.
func (a algorithm) holds(n *big.Int) bool {
	return n != nil && n.Sign() > 0 && n.BitLen() <= 8*a.size
}
