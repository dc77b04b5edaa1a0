// Package oid4vci is the holder's side of OpenID for Verifiable Credential
// Issuance: it takes a credential offer to a verified credential by the
// pre-authorized code flow, without registering with anybody.
//
// [Client.Open] reads an offer URI and what the issuer publishes about itself;
// the [Proposal] that it returns can be shown to the holder, and
// [Proposal.Accept] then goes to the issuer's token, nonce and credential
// endpoints and returns a credential that package verifier accepts, or of which
// it accepts all that can be shown.
//
// Taken are offers of one credential of the format ldp_vc, bound to a did:key
// by a key proof of type jwt with EdDSA; anything else is [ErrUnsupported] and
// the error says what is missing. Every address is https. The credential and
// nonce endpoints must be on the origin of the credential issuer, the token
// endpoint on the origin of the authorization server. That server is the
// issuer itself or one that the issuer's metadata names; it may be elsewhere,
// since the issuer says so over TLS. An offer may be kept anywhere: nothing in
// it is believed.
//
// Each answer is JSON with a cap in bytes; members that are not known are
// passed over, duplicate ones are an error. Errors wrap one of those of this
// package, unless the other side could not be reached or has a fault of its
// own.
//
// Source: OpenID for Verifiable Credential Issuance 1.0, sections 4, 6 to 8,
// 12 and appendices A.1.2 and F.1; RFC 6749, section 5; RFC 8414, section 3.
package oid4vci

import (
	"crypto"
	"crypto/x509"
	"errors"
	"net/http"
	"time"

	"github.com/chancery-vc/chancery/internal/web"
)

// Caps on what others send, in bytes unless it says otherwise.
const (
	maxOfferURI    = 64 << 10
	maxOffer       = 64 << 10
	maxMetadata    = 1 << 20
	maxToken       = 64 << 10
	maxNonce       = 16 << 10
	maxCredential  = 1 << 20
	maxContexts    = 16  // JSON-LD contexts that come with a configuration
	maxDescription = 300 // characters of guidance on the transaction code (section 4.1.1)
	requestTimeout = 30 * time.Second
)

// Errors that callers can tell apart with [errors.Is].
var (
	ErrOffer       = errors.New("it is not a credential offer")
	ErrUnsupported = errors.New("this wallet cannot take the offer")
	ErrTxCode      = errors.New("the transaction code cannot be right")
	ErrDenied      = errors.New("the issuer said no")
	ErrAnswer      = errors.New("the issuer's answer cannot be used")
	ErrCredential  = errors.New("the credential that the issuer sent is not acceptable")
)

// Key is the holder's key, Ed25519: the DID URL that names it, and who signs
// with it.
type Key struct {
	ID     string
	Signer crypto.Signer
}

// Client takes offers. It is safe for concurrent use.
type Client struct {
	http *http.Client
	now  func() time.Time
}

// New returns a client that trusts the TLS certificates below roots, or those
// of the system if roots is nil.
func New(roots *x509.CertPool, now func() time.Time) *Client {
	return &Client{http: web.NewClient(roots, requestTimeout), now: now}
}
