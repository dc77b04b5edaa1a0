package issuerhttp

import (
	"context"
	"errors"

	"github.com/gin-gonic/gin"

	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/partner"
	"github.com/chancery-vc/chancery/issuer/singleuse"
	"github.com/chancery-vc/chancery/verifier/statement"
)

// grantKey is where the grant of a caller is, if it is a partner.
const grantKey = "grant"

// grantOf returns the grant that a request came with, or nil.
func grantOf(c *gin.Context) *statement.Statement {
	grant, _ := c.Value(grantKey).(*statement.Statement)
	return grant
}

// left tells a partner what is left of its grant. Nobody else has one.
func (h *consult) left(c *gin.Context) {
	grant := grantOf(c)
	if grant == nil {
		writeProblem(c.Writer, problemOf(codeNotFound, ""))
		return
	}
	left, err := h.issuer.GrantLeft(c.Request.Context(), grant)
	switch {
	case err == nil:
		writeJSON(c, left)
	case errors.Is(err, singleuse.ErrUnavailable), errors.Is(err, partner.ErrUnknown): // which ended a moment ago
		writeProblem(c.Writer, problemOf(codeUnavailable, "what is left cannot be told now; ask again later"))
	default:
		h.log.ErrorContext(c.Request.Context(), "grant", "error", err)
		writeProblem(c.Writer, problemOf(codeInternal, ""))
	}
}

// GrantRevocation names a grant to revoke.
type GrantRevocation struct {
	ID string `json:"id"`
}

func (h *operator) grants(c *gin.Context) {
	grants, err := h.issuer.SignedGrants(c.Request.Context())
	reply(c, grants, err)
}

func (h *operator) mintGrant(c *gin.Context) {
	var t issuer.PartnerTerms
	if !decode(c, &t) {
		return
	}
	answer, err := h.issuer.MintGrant(c.Request.Context(), t)
	reply(c, answer, err)
}

func (h *operator) revokeGrant(c *gin.Context) {
	var r GrantRevocation
	if !decode(c, &r) {
		return
	}
	reply(c, struct{}{}, h.issuer.RevokeGrant(c.Request.Context(), r.ID))
}

// isPartnerRefusal tells whether an error is an answer about a grant.
func isPartnerRefusal(err error) bool {
	var refusal partner.Refusal
	return errors.As(err, &refusal)
}

// MintGrant has a grant signed for a partner.
func (c *Client) MintGrant(ctx context.Context, t issuer.PartnerTerms) (answer issuer.Answer, err error) {
	err = c.post(ctx, "/grants", t, &answer)
	return answer, err
}

// SignedGrants returns the grants that were signed.
func (c *Client) SignedGrants(ctx context.Context) (infos []issuer.GrantInfo, err error) {
	err = c.get(ctx, "/grants", decodeInto(&infos))
	return infos, err
}

// RevokeGrant revokes a grant.
func (c *Client) RevokeGrant(ctx context.Context, id string) error {
	return c.post(ctx, "/grants/revocations", GrantRevocation{ID: id}, &struct{}{})
}
