package jwa

import (
	"crypto"
	"encoding/asn1"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"math/big"

	"github.com/go-json-experiment/json"
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
	members := maps.Clone(header)
	if members == nil {
		members = map[string]any{}
	}
	members["alg"] = s.Algorithm
	protected, err := json.Marshal(members, json.Deterministic(true))
	if err != nil {
		return "", fmt.Errorf("sign with %s: %w", s.Algorithm, err)
	}
	token := base64.RawURLEncoding.AppendEncode(nil, protected)
	token = base64.RawURLEncoding.AppendEncode(append(token, '.'), payload)
	signature, err := p.Sign(s, token)
	if err != nil {
		return "", fmt.Errorf("sign with %s: %w", s.Algorithm, err)
	}
	return string(base64.RawURLEncoding.AppendEncode(append(token, '.'), signature)), nil
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
