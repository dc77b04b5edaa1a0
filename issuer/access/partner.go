package access

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/jwa"
	"github.com/chancery-vc/chancery/issuer/partner"
	"github.com/chancery-vc/chancery/issuer/singleuse"
	"github.com/chancery-vc/chancery/verifier/statement"
)

// Partners judges the grants that an issuer signed for partners.
type Partners interface {
	// OpenGrant returns the grant that a token is, if the issuer signed it, it holds
	// now and was not revoked. An error wraps a partner.Refusal, or is one of the
	// store.
	OpenGrant(ctx context.Context, token string) (*statement.Statement, error)
}

// isGrant tells whether a token says of itself that it is a grant.
func isGrant(text string) bool {
	if len(text) > MaxToken {
		return false
	}
	_, h, err := parse(text)
	return err == nil && h.Type == string(statement.TypeGrant)
}

// byGrant finds the partner whom a grant was signed for, who must show to have
// its key.
func (a *Authenticator) byGrant(r *http.Request, scheme, text string) (Caller, error) {
	if scheme != SchemeDPoP {
		return Caller{}, deny("a grant goes by the scheme DPoP")
	}
	grant, err := a.partners.OpenGrant(r.Context(), text)
	var refusal partner.Refusal
	switch {
	case errors.As(err, &refusal):
		return Caller{}, deny(refusal.Error())
	case errors.Is(err, singleuse.ErrUnavailable):
		return Caller{}, fmt.Errorf("%w: %w", ErrUnavailable, err)
	case err != nil:
		return Caller{}, err
	}
	if err := a.proofs.check(r.Context(), r, a.origin+r.URL.Path, text, grant.Confirmation.Thumbprint); err != nil {
		return Caller{}, err
	}
	return Caller{grant.Subject, grant}, nil
}

// Thumbprint returns that of a partner's public key in JSON (RFC 7517), by which
// grants name it (RFC 7638, with SHA-256).
func Thumbprint(jwk []byte) (string, error) {
	var members map[string]any
	if err := json.Unmarshal(jwk, &members); err != nil {
		return "", errors.New("it is no key in JSON, with each member once")
	}
	key, algorithms, err := signatures.ParseKey(members, jwk)
	if err != nil {
		return "", err
	}
	if !slices.ContainsFunc(algorithms, func(name string) bool { return slices.Contains(proofAlgorithms, name) }) {
		return "", fmt.Errorf("it cannot sign proofs, which is by one of %v", proofAlgorithms)
	}
	sum, err := jwa.Thumbprint(key)
	return encode(sum), err
}
