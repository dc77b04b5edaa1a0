// Package access tells who asks, and what for that is allowed.
//
// A caller is known by one of
//
//   - a token of its own, of 256 random bits in base64url, of which the SHA-256
//     is kept (a random token needs no slower hash: nobody can try 2^256);
//   - its name and a key that people chose, of which a slow hash is kept;
//   - an access token of an authorization server: a JWT by RFC 9068, or one that
//     the server is asked about (RFC 7662). Unless it was configured otherwise
//     the token is bound to a key that the caller shows to have, by DPoP (RFC
//     9449) or by its client certificate (RFC 8705);
//   - its client certificate alone;
//   - a grant that this issuer signed for a partner, bound to the partner's key by
//     DPoP.
//
// What a sender is told of a failure is one of the codes of these standards; the
// reason is for the log, and is in a closed set of words without any value of
// the request. Nobody is let in because something could not be judged: errors
// are [Denied], or wrap [ErrUnavailable].
//
// Source: RFC 6750; RFC 7617; RFC 7662; RFC 8705, section 3; RFC 8725; RFC 9068,
// section 4; RFC 9449; RFC 4648, section 5; FIPS 180-4.
package access

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/chancery-vc/chancery/issuer/singleuse"
	"github.com/chancery-vc/chancery/verifier/statement"
)

// Caller is somebody who was shown to be who the configuration names.
type Caller struct {
	Name  string               // in the configuration, or as a grant has it
	Grant *statement.Statement // of a partner; nil for others
}

// Environment is what it takes from the machine it runs on.
type Environment struct {
	Now    func() time.Time
	Random io.Reader
	// Used is where proofs that were used are remembered, and the keys of nonces:
	// all who share it are one.
	Used singleuse.Store
	// Secret reads a secret by its reference.
	Secret func(ctx context.Context, reference string) (string, error)
	// Partners, if not nil, judges the grants of partners.
	Partners Partners
}

// ErrUnavailable says that who asks cannot be told now: the authorization server
// does not answer, or too many ask at once.
var ErrUnavailable = errors.New("who asks cannot be told now")

// Codes of errors: RFC 6750, section 3.1, and RFC 9449, sections 7.1 and 9.
const (
	CodeNone           = "" // nothing that says who asks
	CodeInvalidRequest = "invalid_request"
	CodeInvalidToken   = "invalid_token"
	CodeInvalidProof   = "invalid_dpop_proof"
	CodeUseNonce       = "use_dpop_nonce"
)

// Schemes of the header Authorization.
const (
	SchemeBearer = "Bearer"
	SchemeDPoP   = "DPoP"
	SchemeBasic  = "Basic"
)

// Denied is why a request is nobody's.
type Denied struct {
	Scheme string // by which the sender tried
	Code   string // what the sender may know
	reason string
}

// Error returns the reason, for the log.
func (d *Denied) Error() string { return d.reason }

// deny returns a failure of a token, whatever the scheme is.
func deny(reason string) *Denied { return &Denied{Code: CodeInvalidToken, reason: reason} }

func denyProof(reason string) *Denied { return &Denied{Code: CodeInvalidProof, reason: reason} }
