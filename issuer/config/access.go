package config

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Access says by what relying parties can be known, beside tokens of their own.
type Access struct {
	// Issuers are the authorization servers (OAuth 2.0) whose access tokens are
	// taken. Default: none.
	Issuers []TokenIssuer `yaml:"issuers"`
	// ClientCA is the file with the authorities, PEM, one of which the client
	// certificate of a caller must come from. Each of them can let anybody be a
	// caller that is known by its subject. It needs TLS that ends here. Default:
	// none, and no client is asked for a certificate.
	ClientCA string `yaml:"client_ca"`
}

// TokenIssuer is an authorization server. Whoever has its signing key can be any
// of its clients.
type TokenIssuer struct {
	// URL is its issuer identifier, https, as its tokens have it in iss.
	URL string `yaml:"url"`
	// Audience is what its tokens for this issuer have in aud. Default: the url
	// of this configuration.
	Audience string `yaml:"audience"`
	// JWKSFile is the file with its public keys, a JWK set (RFC 7517). A key is
	// exchanged by editing the file and starting again.
	JWKSFile string `yaml:"jwks_file"`
	// JWKSURL is, instead, where it has them, https. They are asked for again
	// every 10 minutes, and sooner, but not within a minute, for a key that is
	// not known.
	JWKSURL string `yaml:"jwks_url"`
	// CA is the file with the authorities, PEM, one of which the certificate at
	// JWKSURL must come from. Default: those of the system.
	CA string `yaml:"ca"`
	// Algorithms are those that it signs with: of ES256, ES384, ES512, EdDSA
	// and Ed25519. Default: ES256 and EdDSA.
	Algorithms []string `yaml:"algorithms"`
	// Introspection asks it about each token, instead: for tokens that are not
	// JWTs. One issuer at most can have it.
	Introspection *Introspection `yaml:"introspection"`
	// Bound is what a token must be bound to, so that it is of no use to who
	// finds it: dpop (a key of the caller's), certificate (its TLS certificate),
	// either (the default), or none, which takes tokens that are not bound.
	Bound string `yaml:"bound"`
}

// Introspection is how an authorization server is asked about a token (RFC
// 7662).
type Introspection struct {
	// URL is where, https.
	URL string `yaml:"url"`
	// ClientID and SecretFile are how this issuer says who it is there; the file
	// holds the secret and nothing else, mode 0600, or it is another reference to
	// it, as the password of a source. It is read for each question, so that
	// another program can renew it. Whoever reads it can ask about tokens.
	ClientID   string `yaml:"client_id"`
	SecretFile string `yaml:"secret_file"`
	// CA is as that of the issuer. Default: those of the system.
	CA string `yaml:"ca"`
	// Cache is how long an answer is good for, and so how long a token that was
	// taken back still works. Default 30s, at most 5m.
	Cache Duration `yaml:"cache"`
}

// What a token must be bound to.
const (
	BoundDPoP        = "dpop"
	BoundCertificate = "certificate"
	BoundEither      = "either"
	BoundNone        = "none"
)

// TokenAlgorithms returns all that an authorization server may sign with. Those
// with a shared secret, RSA and none are not among them.
func TokenAlgorithms() []string { return []string{"ES256", "ES384", "ES512", "EdDSA", "Ed25519"} }

// Caps on what is configured.
const (
	maxTokenIssuers     = 16
	maxIntrospectionAge = 5 * time.Minute
)

func (c *Config) setAccessDefaults() {
	for i := range c.Access.Issuers {
		t := &c.Access.Issuers[i]
		setDefault(&t.Audience, c.URL)
		setDefault(&t.Bound, BoundEither)
		if t.Algorithms == nil {
			t.Algorithms = []string{"ES256", "EdDSA"}
		}
		if t.Introspection != nil {
			setDefault(&t.Introspection.Cache, Duration(30*time.Second))
		}
	}
}

func (c *Config) checkAccess() error {
	if len(c.Access.Issuers) > maxTokenIssuers {
		return invalid("access.issuers", "there are more than %d", maxTokenIssuers)
	}
	asked := 0
	for i, t := range c.Access.Issuers {
		where := fmt.Sprintf("access.issuers, number %d", i+1)
		if err := t.check(where); err != nil {
			return err
		}
		if slices.ContainsFunc(c.Access.Issuers[:i], func(other TokenIssuer) bool { return other.URL == t.URL }) {
			return invalid(where, "%s is there twice", t.URL)
		}
		if t.Introspection != nil {
			asked++
		}
		if asked > 1 {
			return invalid(where, "another issuer has introspection: a token that is no JWT does not say whose it is, and is shown to one issuer only")
		}
		if c.Access.ClientCA == "" && t.Bound == BoundCertificate {
			return invalid(where, "bound: certificate needs access.client_ca")
		}
	}
	return nil
}

func (t TokenIssuer) check(where string) error {
	ways := 0
	for _, given := range []bool{t.JWKSFile != "", t.JWKSURL != "", t.Introspection != nil} {
		if given {
			ways++
		}
	}
	switch {
	case !isHTTPS(t.URL):
		return invalid(where, "url: %.200q is not an https address, as tokens have it in iss", t.URL)
	case ways != 1:
		return invalid(where, "name one of jwks_file, jwks_url and introspection")
	case t.JWKSURL != "" && !isHTTPS(t.JWKSURL):
		return invalid(where, "jwks_url: %.200q is not an https address", t.JWKSURL)
	case t.CA != "" && t.JWKSURL == "":
		return invalid(where, "ca is for jwks_url; introspection has its own")
	case !slices.Contains([]string{BoundDPoP, BoundCertificate, BoundEither, BoundNone}, t.Bound):
		return invalid(where, "bound: %q is none of %s, %s, %s, %s", t.Bound, BoundDPoP, BoundCertificate, BoundEither, BoundNone)
	case len(t.Algorithms) == 0:
		return invalid(where, "algorithms is empty")
	}
	for _, name := range t.Algorithms {
		if !slices.Contains(TokenAlgorithms(), name) {
			return invalid(where, "algorithms: %.20q is not one of %s", name, strings.Join(TokenAlgorithms(), ", "))
		}
	}
	return t.Introspection.check(where + ": introspection")
}

func (i *Introspection) check(where string) error {
	switch {
	case i == nil:
		return nil
	case !isHTTPS(i.URL):
		return invalid(where, "url: %.200q is not an https address", i.URL)
	case i.ClientID == "" || i.SecretFile == "":
		return invalid(where, "client_id or secret_file is missing: how this issuer says who it is there")
	case i.Cache <= 0 || i.Cache.Std() > maxIntrospectionAge:
		return invalid(where, "cache must be more than 0 and at most %s", maxIntrospectionAge)
	}
	return nil
}

func isHTTPS(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "https" && u.Hostname() != "" && u.User == nil && u.Fragment == ""
}
