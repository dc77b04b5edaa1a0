package issuerhttp

import (
	"context"

	"github.com/gin-gonic/gin"

	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/issuancelog"
	"github.com/chancery-vc/chancery/issuer/pseudonym"
)

func (h *operator) seal(c *gin.Context) {
	var t issuer.SealTerms
	if !decode(c, &t) {
		return
	}
	segment, err := h.issuer.Seal(c.Request.Context(), t)
	reply(c, segment, err)
}

// Seal moves records of the log out of the state.
func (c *Client) Seal(ctx context.Context, t issuer.SealTerms) (segment issuancelog.Segment, err error) {
	err = c.post(ctx, "/seal", t, &segment)
	return segment, err
}

func (h *operator) forget(c *gin.Context) {
	var t issuer.ForgetTerms
	if !decode(c, &t) {
		return
	}
	destroyed, err := h.issuer.Forget(c.Request.Context(), t)
	reply(c, destroyed, err)
}

// Forget destroys keys of the log's pseudonyms, and returns which.
func (c *Client) Forget(ctx context.Context, t issuer.ForgetTerms) (destroyed []pseudonym.Period, err error) {
	err = c.post(ctx, "/forget", t, &destroyed)
	return destroyed, err
}
