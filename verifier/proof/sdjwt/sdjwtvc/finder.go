package sdjwtvc

import (
	"context"
	"crypto"
	"crypto/x509"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/chancery-vc/chancery/verifier/did"
)

// Signed is what a credential says of who signed it, unverified.
type Signed struct {
	Issuer string         // iss, or ""
	Header map[string]any // of its JWT
}

// Issuer is who must have signed a credential.
type Issuer struct {
	Names []string // that a policy can expect, the first its own
	Key   crypto.PublicKey
	By    string // what vouches for the key, for a person to read; "" if the names do
}

// Finder is a way to an issuer's key: "Issuer Verification Key Discovery and
// Validation". An error that is [ErrNoKey] says that the way does not fit the
// credential, and lets the next one try.
type Finder interface {
	Find(ctx context.Context, s Signed) (*Issuer, error)
}

// X5C finds the key in the certificates of the header, if they lead to one of
// Anchors: "Inline X.509 Certificates".
type X5C struct {
	Anchors *x509.CertPool
	Now     time.Time
}

var _ Finder = X5C{}

// Find returns the key of the first certificate. The issuer goes by the
// subject alternative names there: URIs, then DNS names. An iss must be one of
// them, or an https URL at one of the DNS names; that is ours, as certified
// issuers could otherwise write another's iss.
func (x X5C) Find(_ context.Context, s Signed) (*Issuer, error) {
	value, ok := s.Header["x5c"]
	if !ok {
		return nil, fmt.Errorf("%w: the header has no x5c", ErrNoKey)
	}
	array, _ := value.([]any)
	var chain []string
	for _, element := range array {
		certificate, _ := element.(string) // no text is no certificate
		chain = append(chain, certificate)
	}
	certified, err := did.VerifyX5C(chain, x.Anchors, x.Now)
	if err != nil {
		return nil, err
	}
	names := slices.Concat(certified.URIs, certified.DNSNames)
	if s.Issuer != "" {
		if !speaksFor(certified, s.Issuer) {
			return nil, fmt.Errorf("%w: the certificate is not for iss %.200q", ErrIssuer, s.Issuer)
		}
		names = append([]string{s.Issuer}, names...)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%w: neither iss nor the certificate has a name for it", ErrIssuer)
	}
	return &Issuer{Names: names, Key: certified.Key, By: "by a certificate of an authority that is trusted"}, nil
}

func speaksFor(certified *did.Certified, issuer string) bool {
	if slices.Contains(certified.URIs, issuer) {
		return true
	}
	u, err := url.Parse(issuer)
	return err == nil && u.Scheme == "https" && slices.Contains(certified.DNSNames, u.Hostname())
}
