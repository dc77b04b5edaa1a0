package vault

import (
	"context"
	"fmt"
	"net/http"
)

// KV returns a field of the newest version of a secret.
func (c *Client) KV(ctx context.Context, mount, path, field string) (string, error) {
	var answer struct {
		Data struct {
			Data map[string]any `json:"data"`
		} `json:"data"`
	}
	if err := c.call(ctx, http.MethodGet, mount+"/data/"+path, nil, &answer); err != nil {
		return "", err
	}
	text, ok := answer.Data.Data[field].(string)
	if !ok {
		return "", fmt.Errorf("%w: %s/%s has no text called %s", ErrNone, mount, path, field)
	}
	return text, nil
}
