package access

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/issuer/config"
)

// tokenIssuer is an authorization server whose tokens are taken.
type tokenIssuer struct {
	config.TokenIssuer
	keys  keys      // of JWTs; nil if it is asked
	asked *inquirer // nil for JWTs
	now   func() time.Time
}

// types are what a JWT that is an access token says that it is (RFC 9068,
// section 4). Another one of the same server, such as an ID token, is none.
var types = []string{"at+jwt", "application/at+jwt"}

func openIssuer(ctx context.Context, c *config.Config, t config.TokenIssuer, e Environment) (*tokenIssuer, error) {
	i := &tokenIssuer{TokenIssuer: t, now: e.Now}
	var err error
	switch {
	case t.Introspection != nil:
		i.asked, err = openInquirer(ctx, c, *t.Introspection, e)
	case t.JWKSFile != "":
		i.keys, err = openKeys(c, t.JWKSFile)
	default:
		i.keys, err = openFetched(c, t, e)
	}
	if err != nil {
		return nil, fmt.Errorf("access.issuers, %s: %w", t.URL, err)
	}
	return i, nil
}

func openKeys(c *config.Config, path string) (keys, error) {
	data, err := c.Read(path, maxSetBytes)
	if err != nil {
		return nil, fmt.Errorf("jwks_file: %w", err)
	}
	set, err := parseKeys(data, true)
	if err != nil {
		return nil, fmt.Errorf("jwks_file %s: %w", c.Path(path), err)
	}
	return fixed{set}, nil
}

func openFetched(c *config.Config, t config.TokenIssuer, e Environment) (keys, error) {
	roots, err := readRoots(c, t.CA)
	if err != nil {
		return nil, err
	}
	return newFetched(t.JWKSURL, web.NewClient(roots, fetchTime), e.Now), nil
}

// judge returns what the issuer says of a JWT that names it.
func (i *tokenIssuer) judge(ctx context.Context, text string) (*claims, error) {
	token, h, err := parse(text)
	if err != nil {
		return nil, deny("the token is no JWT in the one form")
	}
	switch {
	case h.Type != types[0] && h.Type != types[1]:
		return nil, deny("the token is no access token: its typ is not at+jwt")
	case h.Key != nil || h.Foreign.any():
		return nil, deny("the token has a header parameter that is not taken: jwk, jku, x5u, x5c, crit or b64")
	}
	if err := signatures.Check(h.Algorithm, i.Algorithms, nil); errors.Is(err, errAlgorithm) {
		return nil, deny("the token is signed by an algorithm that is not allowed")
	}
	key, err := i.keys.find(ctx, h.KeyID, h.Algorithm)
	if errors.Is(err, errUnknownKey) {
		return nil, deny("the token names no one key of its issuer")
	}
	if err != nil {
		return nil, err
	}
	if err := verify(token, h, i.Algorithms, key); err != nil {
		return nil, deny("the token: " + err.Error())
	}
	var c claims
	if err := json.Unmarshal(token.Payload, &c); err != nil {
		return nil, deny("the claims of the token are not those of RFC 9068")
	}
	return &c, i.checkClaims(&c)
}

// checkClaims wants all that RFC 9068, section 2.2 requires.
func (i *tokenIssuer) checkClaims(c *claims) error {
	if c.Issuer != i.URL {
		return deny("the token is of another issuer")
	}
	if c.Subject == "" || c.ClientID == "" || c.ID == "" || c.Issued == nil {
		return deny("the token lacks sub, client_id, jti or iat")
	}
	return c.check(i.Audience, i.now())
}

// issuerOf returns who a JWT says that it is from, which nobody has vouched for;
// "" for what is no JWT.
func issuerOf(text string) string {
	token, _, err := parse(text)
	if err != nil {
		return ""
	}
	var c struct {
		Issuer string `json:"iss"`
	}
	if err := json.Unmarshal(token.Payload, &c); err != nil {
		return ""
	}
	return c.Issuer
}
