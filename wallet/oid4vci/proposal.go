package oid4vci

import (
	"context"
	"fmt"
	"net/url"

	"github.com/chancery-vc/chancery/schemas"
)

// Proposal is an offer together with what its issuer publishes about itself:
// all that is known before the holder agrees. Texts are the issuer's own.
type Proposal struct {
	Issuer     string   // the credential issuer's identifier, an https URL
	IssuerName string   // what the issuer calls itself, or ""
	Name       string   // what the issuer calls the credential, or ""
	Types      []string // of the credential
	TxCode     *TxCode  // nil if no transaction code is needed

	client        *Client
	configuration string
	code          string
	tokenEndpoint string
	metadata      *issuerMetadata
	contexts      *schemas.Contexts
}

// Open reads an offer URI, and fetches what it refers to. The offer is not
// used up by that.
func (c *Client) Open(ctx context.Context, uri string) (*Proposal, error) {
	link, err := ParseOffer(uri)
	if err != nil {
		return nil, err
	}
	offer, err := c.offer(ctx, link)
	if err != nil {
		return nil, err
	}
	metadata, err := c.readIssuer(ctx, offer.Issuer)
	if err != nil {
		return nil, err
	}
	return c.propose(ctx, offer, metadata)
}

func (c *Client) propose(ctx context.Context, offer *Offer, metadata *issuerMetadata) (*Proposal, error) {
	id, grant := offer.Configurations[0], offer.Grants.PreAuthorized
	config, err := metadata.offered(id)
	if err != nil {
		return nil, err
	}
	p := &Proposal{
		Issuer: offer.Issuer, IssuerName: firstName(metadata.Display), TxCode: grant.TxCode,
		Name: firstName(config.Metadata.Display), Types: config.Definition.Types,
		client: c, configuration: id, code: grant.Code, metadata: metadata,
	}
	if p.contexts, err = config.contexts(); err != nil {
		return nil, err
	}
	server, err := metadata.server(grant.AuthorizationServer)
	if err != nil {
		return nil, err
	}
	if p.tokenEndpoint, err = c.tokenEndpoint(ctx, server); err != nil {
		return nil, err
	}
	return p, nil
}

// Hosts returns the host of the issuer and the one that gets the transaction
// code, which is mostly the same (section 13.6.2).
func (p *Proposal) Hosts() (issuer, code string) {
	return host(p.Issuer), host(p.tokenEndpoint)
}

func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return fmt.Sprintf("%q", address)
	}
	return u.Host
}
