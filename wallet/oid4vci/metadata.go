package oid4vci

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Well-known URI suffixes of section 12.2.2 and of RFC 8414, section 3.
const (
	issuerSuffix = "openid-credential-issuer"
	serverSuffix = "oauth-authorization-server"
)

const grantPreAuthorized = "urn:ietf:params:oauth:grant-type:pre-authorized_code"

// issuerMetadata is what this package reads of section 12.2.4. The
// configurations stay text: those that were not offered may have any form.
type issuerMetadata struct {
	Issuer             string                    `json:"credential_issuer"`
	Servers            []string                  `json:"authorization_servers"`
	CredentialEndpoint string                    `json:"credential_endpoint"`
	NonceEndpoint      string                    `json:"nonce_endpoint"`
	RequestEncryption  encryption                `json:"credential_request_encryption"`
	ResponseEncryption encryption                `json:"credential_response_encryption"`
	Display            []display                 `json:"display"`
	Configurations     map[string]jsontext.Value `json:"credential_configurations_supported"`
}

type encryption struct {
	Required bool `json:"encryption_required"`
}

type display struct {
	Name string `json:"name"`
}

func firstName(all []display) string {
	if len(all) == 0 {
		return ""
	}
	return all[0].Name
}

// readIssuer fetches and checks what the issuer publishes about itself.
func (c *Client) readIssuer(ctx context.Context, identifier string) (*issuerMetadata, error) {
	issuer, err := parseIssuer(identifier)
	if err != nil {
		return nil, err
	}
	m := &issuerMetadata{}
	if err := c.document(ctx, wellKnown(issuer, issuerSuffix), m); err != nil {
		return nil, fmt.Errorf("read the issuer's metadata: %w", err)
	}
	if m.Issuer != identifier {
		return nil, fmt.Errorf("%w: its metadata is that of %.200q, not of %s", ErrAnswer, m.Issuer, identifier)
	}
	return m, m.check(issuer)
}

func (m *issuerMetadata) check(issuer *url.URL) error {
	if err := checkEndpoint(issuer, "credential_endpoint", m.CredentialEndpoint); err != nil {
		return err
	}
	if m.NonceEndpoint != "" {
		if err := checkEndpoint(issuer, "nonce_endpoint", m.NonceEndpoint); err != nil {
			return err
		}
	}
	if m.RequestEncryption.Required || m.ResponseEncryption.Required {
		return fmt.Errorf("%w: the issuer wants encryption on top of TLS", ErrUnsupported)
	}
	return nil
}

// server returns the identifier of the authorization server: the one that the
// offer chooses, the first one, or the issuer itself.
func (m *issuerMetadata) server(chosen string) (string, error) {
	switch {
	case chosen != "" && !slices.Contains(m.Servers, chosen):
		return "", fmt.Errorf("%w: it chooses an authorization server that the issuer does not name", ErrOffer)
	case chosen != "":
		return chosen, nil
	case len(m.Servers) > 0:
		return m.Servers[0], nil
	}
	return m.Issuer, nil
}

// tokenEndpoint reads the metadata of an authorization server.
func (c *Client) tokenEndpoint(ctx context.Context, identifier string) (string, error) {
	server, err := parseIssuer(identifier)
	if err != nil {
		return "", fmt.Errorf("%w: authorization_servers: %w", ErrAnswer, err)
	}
	var m struct {
		Issuer        string   `json:"issuer"`
		TokenEndpoint string   `json:"token_endpoint"`
		Grants        []string `json:"grant_types_supported"`
	}
	// RFC 8414, section 3: a "/" at the end of the path is removed.
	server.Path = strings.TrimSuffix(server.Path, "/")
	server.RawPath = strings.TrimSuffix(server.RawPath, "/")
	if err := c.document(ctx, wellKnown(server, serverSuffix), &m); err != nil {
		return "", fmt.Errorf("read the authorization server's metadata: %w", err)
	}
	if m.Issuer != identifier {
		return "", fmt.Errorf("%w: the authorization server's metadata is that of %.200q, not of %s", ErrAnswer, m.Issuer, identifier)
	}
	if m.Grants != nil && !slices.Contains(m.Grants, grantPreAuthorized) {
		return "", fmt.Errorf("%w: the authorization server takes no pre-authorized codes", ErrUnsupported)
	}
	if err := checkEndpoint(server, "token_endpoint", m.TokenEndpoint); err != nil {
		return "", err
	}
	return m.TokenEndpoint, nil
}

func (c *Client) document(ctx context.Context, address string, into any) error {
	got, err := c.get(ctx, address, maxMetadata)
	if err != nil {
		return err
	}
	return got.decode(into)
}
