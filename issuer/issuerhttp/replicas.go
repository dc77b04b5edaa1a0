package issuerhttp

import (
	"context"
	"errors"

	"github.com/gin-gonic/gin"

	"github.com/chancery-vc/chancery/issuer/orders"
)

// ReplicaRequest names a replica.
type ReplicaRequest struct {
	Name string `json:"name"`
}

func (h *operator) replicas(c *gin.Context) {
	replicas, err := h.issuer.Replicas(c.Request.Context())
	reply(c, replicas, err)
}

func (h *operator) forgetReplica(c *gin.Context) {
	var r ReplicaRequest
	if !decode(c, &r) {
		return
	}
	reply(c, struct{}{}, h.issuer.ForgetReplica(c.Request.Context(), r.Name))
}

// isReplicaRefusal tells whether an error is the answer "no" about a replica.
func isReplicaRefusal(err error) bool {
	return errors.Is(err, orders.ErrNoReplica) || errors.Is(err, orders.ErrLively)
}

// Replicas returns how the replicas do that share the state.
func (c *Client) Replicas(ctx context.Context) (replicas []orders.Replica, err error) {
	err = c.get(ctx, "/replicas", decodeInto(&replicas))
	return replicas, err
}

// ForgetReplica has nobody wait any more for a replica that is gone for good.
func (c *Client) ForgetReplica(ctx context.Context, name string) error {
	return c.post(ctx, "/replicas/forget", ReplicaRequest{Name: name}, &struct{}{})
}
