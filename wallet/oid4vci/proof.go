package oid4vci

import (
	"crypto"
	"fmt"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json"
)

// proofMediaType is the typ of a key proof (appendix F.1).
const proofMediaType = "openid4vci-proof+jwt"

// keyProof shows the issuer, and no other audience, that the holder has the
// key. There is no iss: the token was granted to nobody in particular.
type keyProof struct {
	Audience string `json:"aud"`
	IssuedAt int64  `json:"iat"` // seconds since 1970
	Nonce    string `json:"nonce,omitzero"`
}

func (k Key) prove(audience, nonce string, now time.Time) (string, error) {
	claims, err := json.Marshal(keyProof{Audience: audience, IssuedAt: now.Unix(), Nonce: nonce})
	if err != nil {
		return "", fmt.Errorf("make the key proof: %w", err)
	}
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: jose.EdDSA, Key: opaque(k)},
		(&jose.SignerOptions{}).WithType(proofMediaType),
	)
	if err != nil {
		return "", fmt.Errorf("make the key proof: %w", err)
	}
	signed, err := signer.Sign(claims)
	if err != nil {
		return "", fmt.Errorf("make the key proof: %w", err)
	}
	return signed.CompactSerialize()
}

// opaque lets go-jose sign with a [crypto.Signer].
type opaque Key

var _ jose.OpaqueSigner = opaque{}

func (o opaque) Public() *jose.JSONWebKey {
	return &jose.JSONWebKey{Key: o.Signer.Public(), KeyID: o.ID, Algorithm: string(jose.EdDSA)}
}

func (opaque) Algs() []jose.SignatureAlgorithm { return []jose.SignatureAlgorithm{jose.EdDSA} }

func (o opaque) SignPayload(payload []byte, _ jose.SignatureAlgorithm) ([]byte, error) {
	return o.Signer.Sign(nil, payload, crypto.Hash(0))
}
