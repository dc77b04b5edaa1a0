package oid4vci

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// token is a successful token response (section 6.2): a bearer token, which
// is a secret, and the data set that it is for, if the server says so.
type token struct {
	Access  string                 `json:"access_token"`
	Type    string                 `json:"token_type"`
	Details []authorizationDetails `json:"authorization_details"`
}

type authorizationDetails struct {
	Type          string   `json:"type"`
	Configuration string   `json:"credential_configuration_id"`
	Identifiers   []string `json:"credential_identifiers"`
}

// redeem exchanges the pre-authorized code for a token (section 6.1).
func (p *Proposal) redeem(ctx context.Context, txCode string) (*token, error) {
	form := url.Values{"grant_type": {grantPreAuthorized}, "pre-authorized_code": {p.code}}
	if p.TxCode != nil {
		form.Set("tx_code", txCode)
	}
	got, err := p.client.send(ctx, call{
		method: http.MethodPost, address: p.tokenEndpoint,
		mediaType: mediaForm, body: []byte(form.Encode()), most: maxToken,
	})
	if err != nil {
		return nil, fmt.Errorf("redeem the offer: %w", err)
	}
	if got.refused() {
		return nil, got.denial(p.tokenDenials())
	}
	t := &token{}
	if err := got.decode(t); err != nil {
		return nil, fmt.Errorf("redeem the offer: %w", err)
	}
	if t.Access == "" || !strings.EqualFold(t.Type, "Bearer") { // RFC 6749, section 5.1
		return nil, fmt.Errorf("%w: it grants a token of type %.40q, not Bearer", ErrUnsupported, t.Type)
	}
	return t, nil
}

// identifier returns the credential_identifier to ask for, or "" to ask by
// configuration (section 8.2).
func (t *token) identifier(configuration string) (string, error) {
	for _, d := range t.Details {
		if d.Type != "openid_credential" || d.Configuration != configuration {
			continue
		}
		if len(d.Identifiers) != 1 {
			return "", fmt.Errorf("%w: it stands for %d credentials; ask for offers of one each", ErrUnsupported, len(d.Identifiers))
		}
		return d.Identifiers[0], nil
	}
	return "", nil
}
