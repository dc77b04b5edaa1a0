package config

import (
	"slices"

	"github.com/chancery-vc/chancery/issuer/access/slowhash"
)

// Client is a caller that an authorization server knows. What is named must be
// in the token, to the letter.
type Client struct {
	// Issuer is the url of one of access.issuers.
	Issuer string `yaml:"issuer"`
	// ID is its client identifier there: client_id in tokens.
	ID string `yaml:"id"`
	// Subject is who asks through it: sub in tokens.
	Subject string `yaml:"subject"`
}

// Certificate is the client certificate of a caller (RFC 8705), of an authority
// of access.client_ca. Name one of the two.
type Certificate struct {
	// SHA256 is that of the certificate, in hexadecimal: openssl x509 -noout
	// -fingerprint -sha256, in lower case and without the colons.
	SHA256 string `yaml:"sha256"`
	// Subject is its distinguished name: openssl x509 -noout -subject -nameopt
	// RFC2253.
	Subject string `yaml:"subject"`
}

// checkKnown wants one way to know a caller.
func (c *Config) checkKnown(where string, r RelyingParty) error {
	ways := 0
	for _, given := range []bool{r.TokenSHA256 != "", r.KeyHash != "", r.Client != nil, r.Certificate != nil} {
		if given {
			ways++
		}
	}
	if ways > 1 {
		return invalid(where, "name one of token_sha256, key_hash, client and certificate")
	}
	switch {
	case r.Client != nil:
		return c.checkClient(where, *r.Client)
	case r.Certificate != nil:
		return c.checkCertificate(where, *r.Certificate)
	case r.KeyHash != "":
		if _, err := slowhash.Parse(r.KeyHash); err != nil {
			return invalid(where, "key_hash: %v; `chancery token --slow` makes one", err)
		}
	case !sha256Hex.MatchString(r.TokenSHA256):
		return invalid(where, "token_sha256 is not 64 hexadecimal digits in lower case; `chancery token` makes a token and its SHA-256")
	}
	return nil
}

func (c *Config) checkClient(where string, client Client) error {
	if !slices.ContainsFunc(c.Access.Issuers, func(t TokenIssuer) bool { return t.URL == client.Issuer }) {
		return invalid(where, "client: issuer %.200q is not the url of one of access.issuers", client.Issuer)
	}
	if client.ID == "" && client.Subject == "" {
		return invalid(where, "client: id and subject are missing: anybody with a token of %s would be this caller", client.Issuer)
	}
	return nil
}

func (c *Config) checkCertificate(where string, certificate Certificate) error {
	switch {
	case c.Access.ClientCA == "":
		return invalid(where, "certificate needs access.client_ca")
	case (certificate.SHA256 == "") == (certificate.Subject == ""):
		return invalid(where, "certificate: name either sha256 or subject")
	case certificate.SHA256 != "" && !sha256Hex.MatchString(certificate.SHA256):
		return invalid(where, "certificate: sha256 is not 64 hexadecimal digits in lower case")
	}
	return nil
}

// sameCaller tells whether somebody could be both callers.
func sameCaller(a, b RelyingParty) bool {
	switch {
	case a.Client != nil && b.Client != nil:
		return a.Client.Issuer == b.Client.Issuer && meet(a.Client.ID, b.Client.ID) && meet(a.Client.Subject, b.Client.Subject)
	case a.Certificate != nil && b.Certificate != nil: // of one kind: only one is asked for at a time
		return *a.Certificate == *b.Certificate
	}
	return a.TokenSHA256 != "" && a.TokenSHA256 == b.TokenSHA256
}

// meet tells whether one text can be both; "" is any.
func meet(a, b string) bool { return a == "" || b == "" || a == b }
