package vault

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Read has a secret that a login needs, as it is now.
type Read func(context.Context) (string, error)

// Login is how to get a token.
type Login func(ctx context.Context, c *Client) (lease, error)

// lease is a token and its time.
type lease struct {
	token       string
	renew, ends time.Time // zero for one that does not end
}

// Token takes the token that read has. Whatever renews it, such as an agent,
// may write another one.
func Token(read Read) Login {
	return func(ctx context.Context, c *Client) (lease, error) {
		token, err := read(ctx)
		if err != nil {
			return lease{}, fmt.Errorf("token: %w", err)
		}
		if strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return lease{}, fmt.Errorf("%w: the token has characters that none has", ErrDenied)
		}
		var answer struct {
			Data struct {
				TTL int64 `json:"ttl"`
			} `json:"data"`
		}
		if err := c.ask(ctx, token, http.MethodGet, "auth/token/lookup-self", nil, &answer); err != nil {
			return lease{}, fmt.Errorf("look at the token: %w", err)
		}
		return c.lease(token, answer.Data.TTL), nil
	}
}

// AppRole logs in as a machine: with a role's identifier, which is no secret,
// and a secret of its own.
func AppRole(mount, roleID string, secretID Read) Login {
	return exchange(mount, "secret_id", secretID, map[string]string{"role_id": roleID})
}

// Kubernetes logs in with the token of a service account.
func Kubernetes(mount, role string, jwt Read) Login {
	return exchange(mount, "jwt", jwt, map[string]string{"role": role})
}

// exchange has Vault give a token for a secret.
func exchange(mount, field string, read Read, public map[string]string) Login {
	return func(ctx context.Context, c *Client) (lease, error) {
		secret, err := read(ctx)
		if err != nil {
			return lease{}, fmt.Errorf("%s: %w", field, err)
		}
		in := map[string]string{field: secret}
		for name, value := range public {
			in[name] = value
		}
		var answer authAnswer
		if err := c.ask(ctx, "", http.MethodPost, "auth/"+mount+"/login", in, &answer); err != nil {
			return lease{}, fmt.Errorf("log in: %w", err)
		}
		return c.granted(answer)
	}
}

type authAnswer struct {
	Auth struct {
		Token    string `json:"client_token"`
		Duration int64  `json:"lease_duration"`
	} `json:"auth"`
}

func (c *Client) granted(a authAnswer) (lease, error) {
	if a.Auth.Token == "" {
		return lease{}, fmt.Errorf("%w: it gives no token", ErrAnswer)
	}
	return c.lease(a.Auth.Token, a.Auth.Duration), nil
}

func (c *Client) lease(token string, seconds int64) lease {
	if seconds <= 0 {
		return lease{token: token}
	}
	now, lasts := c.Now(), time.Duration(seconds)*time.Second
	return lease{token: token, renew: now.Add(lasts / 2), ends: now.Add(lasts)}
}

// authorized returns a token that should be good, and is not the one that was
// refused.
func (c *Client) authorized(ctx context.Context, refused string) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now, held := c.Now(), c.token
	good := held.token != "" && held.token != refused && (held.ends.IsZero() || now.Before(held.ends))
	if good && (held.renew.IsZero() || now.Before(held.renew)) {
		return held.token, nil
	}
	if good {
		if renewed, err := c.renewed(ctx); err == nil {
			c.token = renewed
			return renewed.token, nil
		}
	}
	fresh, err := c.Login(ctx, c)
	if err == nil {
		c.token = fresh
		return fresh.token, nil
	}
	if good && errors.Is(err, ErrUnavailable) {
		return held.token, nil // it has half of its time left
	}
	return "", err
}

func (c *Client) renewed(ctx context.Context) (lease, error) {
	var answer authAnswer
	if err := c.ask(ctx, c.token.token, http.MethodPost, "auth/token/renew-self", struct{}{}, &answer); err != nil {
		return lease{}, err
	}
	return c.granted(answer)
}
