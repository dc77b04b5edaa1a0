package issuerhttp

import (
	"context"

	"github.com/gin-gonic/gin"
)

// checkpoint answers with the signed state of the log.
func (h *operator) checkpoint(c *gin.Context) {
	note, err := h.issuer.Checkpoint()
	reply(c, note, err)
}

// Checkpoint returns the signed state of the log, for what is taken of it next.
func (c *Client) Checkpoint(ctx context.Context) (note []byte, err error) {
	err = c.get(ctx, "/checkpoint", decodeInto(&note))
	return note, err
}
