// Package oid4vci is the issuer's side of OpenID for Verifiable Credential
// Issuance 1.0: offers with a pre-authorized code and a transaction code, the
// token, nonce and credential endpoints, and the metadata of both roles.
//
// Credentials are of format ldp_vc and bound to the holder's did:key by a key
// proof of type jwt with EdDSA. Offers, tokens and used nonces are entries of
// package singleuse, by the SHA-256 of code, token or nonce: who reads them can
// use none. A code that is redeemed makes the entry of its offer that of its
// token; a credential uses the token up. An offer that one replica made is
// accepted by any other.
//
// Errors that a wallet may see are of type [Error].
//
// Source: OpenID4VCI 1.0, sections 3.5, 4.1, 6, 7, 8, 12 and appendices A.1.2
// and F.1; RFC 6749, sections 5.1 and 5.2; RFC 8414.
package oid4vci

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"time"

	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/singleuse"
)

// Error codes of RFC 6749, RFC 6750 and OpenID4VCI 1.0, section 8.3.1.
const (
	InvalidRequest           = "invalid_request"
	InvalidGrant             = "invalid_grant"
	UnsupportedGrantType     = "unsupported_grant_type"
	InvalidToken             = "invalid_token"
	InvalidCredentialRequest = "invalid_credential_request"
	UnknownConfiguration     = "unknown_credential_configuration"
	InvalidProof             = "invalid_proof"
	InvalidNonce             = "invalid_nonce"
	RequestDenied            = "credential_request_denied"
)

// Error is a refusal in the words of the protocol. Its text never depends on
// what the register holds.
type Error struct{ Code, Description string }

func (e *Error) Error() string { return e.Code + ": " + e.Description }

// LogReason is what the issuance log says of the refusal.
func (e *Error) LogReason() string { return e.Error() }

func refused(code, description string) *Error { return &Error{code, description} }

// Lifetimes.
const (
	tokenLifetime = 5 * time.Minute // section 13.8: longer is "long-lived"
	nonceLifetime = 5 * time.Minute
)

// Kinds of what may be used once.
const (
	kindOffer    = "offer"        // by its code: a state
	kindToken    = "token"        // by the token: a state
	kindNonce    = "nonce"        // that was used
	kindNonceKey = "c-nonce-keys" // by the day
)

// Service answers the protocol's requests for one issuer.
type Service struct {
	issuer *issuer.Issuer
	uses   singleuse.Store
	nonces *nonces
}

// New returns the service of i.
func New(i *issuer.Issuer) (*Service, error) {
	uses := i.SingleUse()
	return &Service{issuer: i, uses: uses, nonces: newNonces(uses, i.Random(), i.Now)}, nil
}

// identifier is the Credential Issuer Identifier (section 12.2.1).
func (s *Service) identifier() string { return s.issuer.Config().URL }

// secret returns 128 bits that cannot be guessed.
func (s *Service) secret() (string, error) {
	var data [16]byte
	if _, err := io.ReadFull(s.issuer.Random(), data[:]); err != nil {
		return "", fmt.Errorf("make a code: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(data[:]), nil
}

// digest is what the store knows of a secret.
func digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return string(sum[:])
}
