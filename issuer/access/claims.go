package access

import (
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// clockSkew is how far the clock of another may be off.
const clockSkew = 30 * time.Second

// claims are what an authorization server says of a token, in it (RFC 9068,
// section 2.2) or about it (RFC 7662, section 2.2). Times are in seconds.
type claims struct {
	Issuer    string        `json:"iss"`
	Audience  texts         `json:"aud"`
	Subject   string        `json:"sub"`
	ClientID  string        `json:"client_id"`
	ID        string        `json:"jti"`
	Expires   *float64      `json:"exp"`
	Issued    *float64      `json:"iat"`
	NotBefore *float64      `json:"nbf"`
	Confirm   *confirmation `json:"cnf"`
}

// confirmation is what a token is bound to (RFC 7800, section 3.1).
type confirmation struct {
	Key         string                    `json:"jkt"`
	Certificate string                    `json:"x5t#S256"`
	Other       map[string]jsontext.Value `json:",embed"`
}

// check wants the claims to be of a token for audience, now.
func (c *claims) check(audience string, now time.Time) error {
	at := float64(now.Unix())
	skew := clockSkew.Seconds()
	switch {
	case !slices.Contains(c.Audience, audience):
		return deny("the token is for another audience")
	case c.Expires == nil || at >= *c.Expires+skew:
		return deny("the token has expired, or does not say when it does")
	case c.Issued != nil && *c.Issued > at+skew, c.NotBefore != nil && *c.NotBefore > at+skew:
		return deny("the token is from the future")
	case c.Confirm != nil && len(c.Confirm.Other) > 0:
		return deny("the token is bound to something that is not known here")
	case c.Confirm != nil && c.Confirm.Key == "" && c.Confirm.Certificate == "":
		return deny("the token is bound to nothing that is named")
	}
	return nil
}

// bound tells what the token is bound to.
func (c *claims) bound() (key, certificate string) {
	if c.Confirm == nil {
		return "", ""
	}
	return c.Confirm.Key, c.Confirm.Certificate
}
