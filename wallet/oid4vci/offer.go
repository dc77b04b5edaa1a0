package oid4vci

import (
	"context"
	"fmt"
	"net/url"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
)

// Link is what an offer URI holds: an offer, or the address of one.
type Link struct {
	Offer     *Offer // nil if there is a Reference
	Reference string // https URL, or empty
}

// Offer is a credential offer (section 4.1.1). Whoever made it is not known.
type Offer struct {
	Issuer         string   `json:"credential_issuer"`
	Configurations []string `json:"credential_configuration_ids"`
	Grants         Grants   `json:"grants"`
}

// Grants holds the one grant that this package can use.
type Grants struct {
	PreAuthorized *PreAuthorized `json:"urn:ietf:params:oauth:grant-type:pre-authorized_code,omitzero"`
}

// PreAuthorized is the grant of a pre-authorized code, which is a secret.
type PreAuthorized struct {
	Code                string  `json:"pre-authorized_code"`
	TxCode              *TxCode `json:"tx_code,omitzero"` // nil if none is needed
	AuthorizationServer string  `json:"authorization_server,omitzero"`
}

// ParseOffer reads an offer URI: openid-credential-offer:// or https://, with
// either credential_offer or credential_offer_uri in its query, once.
func ParseOffer(uri string) (Link, error) {
	if len(uri) > maxOfferURI {
		return Link{}, fmt.Errorf("%w: it is longer than %d bytes", ErrOffer, maxOfferURI)
	}
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "openid-credential-offer" && u.Scheme != "https" {
		return Link{}, fmt.Errorf("%w: it must start with openid-credential-offer:// or https://", ErrOffer)
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return Link{}, fmt.Errorf("%w: the part after ? is not well formed; quote the whole of it", ErrOffer)
	}
	values, references := query["credential_offer"], query["credential_offer_uri"]
	switch {
	case len(values)+len(references) != 1:
		return Link{}, fmt.Errorf("%w: it must have credential_offer or credential_offer_uri, once; quote the whole of it", ErrOffer)
	case len(references) == 1:
		if _, err := parseEndpoint(references[0]); err != nil {
			return Link{}, fmt.Errorf("%w: credential_offer_uri: %w", ErrOffer, err)
		}
		return Link{Reference: references[0]}, nil
	}
	offer, err := parseOffer([]byte(values[0]))
	return Link{Offer: offer}, err
}

func parseOffer(data []byte) (*Offer, error) {
	offer := &Offer{}
	if err := json.Unmarshal(data, offer); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrOffer, err)
	}
	if _, err := parseIssuer(offer.Issuer); err != nil {
		return nil, fmt.Errorf("%w: credential_issuer: %w", ErrOffer, err)
	}
	if err := offer.check(); err != nil {
		return nil, err
	}
	return offer, nil
}

func (o *Offer) check() error {
	grant := o.Grants.PreAuthorized
	switch {
	case len(o.Configurations) == 0 || o.Configurations[0] == "":
		return fmt.Errorf("%w: it names no credential", ErrOffer)
	case len(o.Configurations) > 1:
		return fmt.Errorf("%w: it is of %d credentials; ask for offers of one each", ErrUnsupported, len(o.Configurations))
	case grant == nil:
		return fmt.Errorf("%w: it has no pre-authorized code; ask the issuer for an offer with one", ErrUnsupported)
	case grant.Code == "":
		return fmt.Errorf("%w: its pre-authorized code is empty", ErrOffer)
	case grant.TxCode != nil && utf8.RuneCountInString(grant.TxCode.Description) > maxDescription:
		return fmt.Errorf("%w: the description of its transaction code is longer than %d characters", ErrOffer, maxDescription)
	}
	return nil
}

// offer returns the offer of link, fetched if need be (section 4.1.3).
func (c *Client) offer(ctx context.Context, link Link) (*Offer, error) {
	if link.Offer != nil {
		return link.Offer, nil
	}
	got, err := c.get(ctx, link.Reference, maxOffer)
	if err != nil {
		return nil, fmt.Errorf("fetch the offer: %w", err)
	}
	if got.refused() {
		return nil, fmt.Errorf("fetch the offer: %w: it is used up or too old; ask for a new one", ErrDenied)
	}
	if err := got.check(); err != nil {
		return nil, fmt.Errorf("fetch the offer: %w", err)
	}
	return parseOffer(got.body)
}
