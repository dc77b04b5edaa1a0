package issuer

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/chancery-vc/chancery/issuer/access"
	"github.com/chancery-vc/chancery/issuer/config"
	"github.com/chancery-vc/chancery/issuer/partner"
	"github.com/chancery-vc/chancery/issuer/singleuse"
	"github.com/chancery-vc/chancery/verifier/logproof"
	"github.com/chancery-vc/chancery/verifier/proof"
	"github.com/chancery-vc/chancery/verifier/proof/jose"
	"github.com/chancery-vc/chancery/verifier/statement"
)

var _ access.Partners = (*Issuer)(nil)

// openPartners opens what became of the grants of partners.
func (i *Issuer) openPartners(context.Context) error {
	i.partners = partner.New(i.singleUse)
	return nil
}

// OpenGrant returns the grant that a token is, if this issuer signed it, to the
// byte, it holds now and was not revoked. An error wraps a [partner.Refusal], or
// is one of the store.
func (i *Issuer) OpenGrant(ctx context.Context, token string) (*statement.Statement, error) {
	s, err := i.verifyGrant([]byte(token))
	if err != nil {
		return nil, err
	}
	switch now := i.now(); {
	case now.Before(s.BeginsAt()):
		return nil, partner.ErrEarly
	case !now.Before(s.ExpiresAt()):
		return nil, partner.ErrUnknown
	}
	state, err := i.partners.State(ctx, s.ID)
	switch {
	case err != nil:
		return nil, fmt.Errorf("the grant %s: %w", s.ID, err)
	case state.Digest != logproof.HashOf([]byte(token)).String():
		return nil, partner.ErrForged
	case !state.Revoked.IsZero():
		return nil, partner.ErrRevoked
	}
	return s, nil
}

// verifyGrant wants a grant to be signed by a key that the issuer publishes, for
// this address.
func (i *Issuer) verifyGrant(token []byte) (*statement.Statement, error) {
	u, err := statement.Peek(token)
	if err != nil || u.Type != statement.TypeGrant {
		return nil, partner.ErrForged
	}
	key, err := i.document().KeyAt(u.KeyID, proof.AssertionMethod, i.now())
	if err != nil {
		return nil, partner.ErrForged
	}
	s, err := statement.Verify(token, key, []string{jose.EdDSA})
	if err != nil || s.Issuer != i.ID() || s.Audience != i.config.URL {
		return nil, partner.ErrForged
	}
	return s, nil
}

// allowPartner returns the grant of a partner if q is within it, and within what
// the configuration lets be granted now.
func (i *Issuer) allowPartner(q Query) (*access.Grant, error) {
	g := q.Grant.Grant
	switch {
	case !g.Covers(string(q.Kind), q.Name, q.Purpose), !i.config.Partners.Covers(string(q.Kind), q.Name, q.Purpose),
		len(g.Keys) > 0 && !slices.Contains(g.Keys, i.partnerKey(q.Grant.ID, q.Key)):
		return nil, access.ErrNoGrant
	case !i.now().Before(q.Grant.ExpiresAt()):
		return nil, access.ErrNotNow
	}
	return &access.Grant{Grant: config.Grant{Name: q.Grant.ID}, Caller: q.Caller}, nil
}

// countPartner returns the step that counts the record of q in the grant of a
// partner, if it is one's.
func (i *Issuer) countPartner(q Query) singleuse.Step {
	if q.Grant == nil {
		return singleuse.Step{}
	}
	return i.partners.Count(q.Grant.ID, i.partnerKey(q.Grant.ID, q.Key))
}

// GrantLeft is what is left of a grant.
type GrantLeft struct {
	Grant   string    `json:"grant"`
	Partner string    `json:"partner"`
	Records int       `json:"records"` // that it is for
	Left    int       `json:"left"`    // of them, that were not asked about
	Expires time.Time `json:"expires"`
}

// GrantLeft returns what is left of a grant that was opened.
func (i *Issuer) GrantLeft(ctx context.Context, s *statement.Statement) (GrantLeft, error) {
	state, err := i.partners.State(ctx, s.ID)
	return GrantLeft{Grant: s.ID, Partner: s.Subject, Records: state.Most, Left: state.Most - state.Used(), Expires: s.ExpiresAt()}, err
}
