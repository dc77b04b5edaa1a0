package issuerhttp

import (
	"context"
	"errors"

	"github.com/gin-gonic/gin"

	"github.com/chancery-vc/chancery/issuer"
)

func (h *operator) keys(c *gin.Context) {
	keys, err := h.issuer.Keys()
	reply(c, keys, err)
}

func (h *operator) revokeKey(c *gin.Context) {
	var r issuer.KeyRevocation
	if !decode(c, &r) {
		return
	}
	before, err := h.issuer.RevokeKey(c.Request.Context(), r)
	reply(c, before, err)
}

// isKeyRefusal tells whether an error is the answer "no" about a key.
func isKeyRefusal(err error) bool {
	return errors.Is(err, issuer.ErrNoKey) || errors.Is(err, issuer.ErrKeyActive)
}

// Keys returns what is known of the issuer's keys.
func (c *Client) Keys(ctx context.Context) (keys []issuer.KeyInfo, err error) {
	err = c.get(ctx, "/keys", decodeInto(&keys))
	return keys, err
}

// RevokeKey revokes a key, and returns what it was before.
func (c *Client) RevokeKey(ctx context.Context, r issuer.KeyRevocation) (before issuer.KeyInfo, err error) {
	err = c.post(ctx, "/keys/revocations", r, &before)
	return before, err
}
