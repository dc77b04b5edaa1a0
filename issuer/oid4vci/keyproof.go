package oid4vci

import (
	"context"
	"crypto/x509"
	"errors"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/verifier/did"
	"github.com/chancery-vc/chancery/verifier/proof"
)

// typeKeyProof is the typ of a key proof (appendix F.1).
const typeKeyProof = "openid4vci-proof+jwt"

// clockSkew is how far the wallet's clock may be off. The nonce, not iat,
// shows that a proof is fresh (section 13.8).
const clockSkew = 10 * time.Minute

type keyProofClaims struct {
	Issuer   jsontext.Value `json:"iss,omitzero"`
	Audience string         `json:"aud"`
	IssuedAt *float64       `json:"iat"`
	Nonce    string         `json:"nonce"`
}

// keyProof returns the did:key that signed a key proof made for this issuer,
// with a nonce of ours (appendix F.4).
func (s *Service) keyProof(ctx context.Context, jwt string) (holder string, err error) {
	signed, err := jose.ParseSignedCompact(jwt, []jose.SignatureAlgorithm{jose.EdDSA})
	if err != nil {
		return "", refused(InvalidProof, "the proof is not a JWT signed with EdDSA")
	}
	// The signature is over what the base64 says: there is only one form of it.
	if form, err := signed.CompactSerialize(); err != nil || form != jwt {
		return "", refused(InvalidProof, "the base64 of the proof is not in the one form")
	}
	header := signed.Signatures[0].Protected
	if header.ExtraHeaders[jose.HeaderType] != typeKeyProof {
		return "", refused(InvalidProof, "typ is not "+typeKeyProof)
	}
	_, err = header.Certificates(x509.VerifyOptions{})
	if header.JSONWebKey != nil || !errors.Is(err, jose.ErrMissingX5cHeader) {
		return "", refused(InvalidProof, "only kid may name the key")
	}
	holder = did.Controller(header.KeyID)
	document, err := did.Key{}.Resolve(ctx, holder)
	if err != nil {
		return "", refused(InvalidProof, "kid is not the DID URL of a did:key with Ed25519")
	}
	key, err := document.Key(header.KeyID, proof.Authentication)
	if err != nil {
		return "", refused(InvalidProof, "kid is not the DID URL of a did:key with Ed25519")
	}
	payload, err := signed.Verify(key)
	if err != nil {
		return "", refused(InvalidProof, "the signature is not of the key that kid names")
	}
	if err := s.keyProofClaims(ctx, payload); err != nil {
		return "", err
	}
	return holder, nil
}

func (s *Service) keyProofClaims(ctx context.Context, payload []byte) error {
	var claims keyProofClaims
	if err := json.Unmarshal(payload, &claims); err != nil {
		return refused(InvalidProof, "the proof does not hold the claims that it should")
	}
	switch {
	case claims.Issuer != nil:
		return refused(InvalidProof, "iss must be left out")
	case claims.Audience != s.identifier():
		return refused(InvalidProof, "aud is not this issuer")
	case claims.IssuedAt == nil || !s.near(*claims.IssuedAt):
		return refused(InvalidProof, "iat is missing or far from the time here")
	case claims.Nonce == "":
		return refused(InvalidProof, "nonce is missing")
	}
	good, err := s.nonces.use(ctx, claims.Nonce)
	if err == nil && !good {
		err = refused(InvalidNonce, "the nonce is not one of this issuer, used, or too old")
	}
	return err
}

func (s *Service) near(seconds float64) bool {
	now := float64(s.issuer.Now().Unix())
	return seconds > now-clockSkew.Seconds() && seconds < now+clockSkew.Seconds()
}

// Nonce returns a new c_nonce (section 7).
func (s *Service) Nonce(ctx context.Context) (string, error) { return s.nonces.make(ctx) }
