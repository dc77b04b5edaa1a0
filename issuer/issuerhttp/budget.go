package issuerhttp

import (
	"context"
	"net/url"

	"github.com/gin-gonic/gin"

	"github.com/chancery-vc/chancery/issuer"
)

// BudgetRequest asks that a relying party may begin its budget anew.
type BudgetRequest struct {
	Caller string `json:"caller"`
}

func (h *operator) budgets(c *gin.Context) {
	states, err := h.issuer.Budgets(c.Request.Context(), c.Query("caller"))
	reply(c, states, err)
}

func (h *operator) resetBudget(c *gin.Context) {
	var r BudgetRequest
	if !decode(c, &r) {
		return
	}
	reply(c, struct{}{}, h.issuer.ResetBudget(c.Request.Context(), r.Caller))
}

// Budgets returns the budgets of the caller of that name, or of all if it is "".
func (c *Client) Budgets(ctx context.Context, caller string) (states []issuer.BudgetState, err error) {
	err = c.get(ctx, "/budgets?"+url.Values{"caller": {caller}}.Encode(), decodeInto(&states))
	return states, err
}

// ResetBudget lets a caller begin its budget anew.
func (c *Client) ResetBudget(ctx context.Context, caller string) error {
	return c.post(ctx, "/budgets", BudgetRequest{Caller: caller}, &struct{}{})
}
