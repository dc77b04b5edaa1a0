package access

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/issuer/config"
)

// Authenticator tells who asks. It is safe for concurrent use.
type Authenticator struct {
	callers      []config.RelyingParty
	tokens       Tokens
	keys         *apiKeys
	issuers      []*tokenIssuer
	certificates *certificates
	proofs       *proofs
	partners     Partners // nil for none
	origin       string   // of the addresses that are asked
}

// Open reads what callers are known by. Nothing but secrets is fetched yet.
func Open(ctx context.Context, c *config.Config, e Environment) (*Authenticator, error) {
	address, err := url.Parse(c.URL)
	if err != nil {
		return nil, err
	}
	a := &Authenticator{callers: c.Consult.Callers, partners: e.Partners, origin: address.Scheme + "://" + address.Host}
	for _, caller := range a.callers {
		if caller.TokenSHA256 != "" {
			a.tokens.Add(caller.Name, caller.TokenSHA256)
		}
	}
	for _, t := range c.Access.Issuers {
		i, err := openIssuer(ctx, c, t, e)
		if err != nil {
			return nil, err
		}
		a.issuers = append(a.issuers, i)
	}
	if a.keys, err = openAPIKeys(a.callers, e); err != nil {
		return nil, err
	}
	if a.certificates, err = openCertificates(c, e); err != nil {
		return nil, err
	}
	a.proofs = &proofs{newNonces(e.Used, e.Random, e.Now), e.Used, e.Now}
	return a, nil
}

// Empty tells whether nobody may ask.
func (a *Authenticator) Empty() bool { return len(a.callers) == 0 && a.partners == nil }

// bound tells whether some are known by a key that a token is bound to.
func (a *Authenticator) bound() bool { return len(a.issuers) > 0 || a.partners != nil }

// ClientAuthorities returns whose client certificates are taken; nil for none.
func (a *Authenticator) ClientAuthorities() *x509.CertPool { return a.certificates.roots }

// Caller returns who sent r. Of r it takes the method, the path, the headers and
// the client certificate: what else its sender claims, such as its host, is not
// believed. An error is [Denied], or wraps [ErrUnavailable], or is the issuer's
// own.
func (a *Authenticator) Caller(r *http.Request) (Caller, error) {
	scheme, text, err := credentials(r)
	if err != nil {
		return Caller{}, err
	}
	var caller Caller
	switch {
	case a.partners != nil && isGrant(text):
		caller, err = a.byGrant(r, scheme, text)
	case scheme == SchemeBearer, scheme == SchemeDPoP:
		caller.Name, err = a.byToken(r, scheme, text)
	case scheme == SchemeBasic:
		caller.Name, err = a.keys.caller(r.Context(), text)
	default:
		caller.Name, err = a.certificates.caller(certificate(r.TLS))
	}
	var denied *Denied
	if errors.As(err, &denied) {
		denied.Scheme = scheme
	}
	return caller, err
}

// credentials returns by what scheme r says who asks, and what follows it; "" if
// it says nothing. One way at a time is taken (RFC 6750, section 2).
func credentials(r *http.Request) (scheme, text string, err error) {
	values := r.Header.Values("Authorization")
	if len(values) > 1 || asksByQuery(r.URL) {
		return "", "", &Denied{Code: CodeInvalidRequest, reason: "it says who asks in more than one way, or in the address"}
	}
	if len(values) == 0 {
		return "", "", nil
	}
	scheme, text, _ = strings.Cut(values[0], " ")
	for _, known := range []string{SchemeBearer, SchemeDPoP, SchemeBasic} {
		if strings.EqualFold(scheme, known) && text != "" { // RFC 9110, section 11.1
			return known, text, nil
		}
	}
	return "", "", &Denied{Code: CodeNone, reason: "the header Authorization has no scheme that is known, or nothing behind it"}
}

// asksByQuery tells whether an address has a token, which would be in the logs
// of every proxy (RFC 6750, section 5.3).
func asksByQuery(u *url.URL) bool {
	query, err := url.ParseQuery(u.RawQuery)
	return err != nil || query.Has("access_token")
}

// byToken finds the caller of a token: its own, or one of an authorization
// server.
func (a *Authenticator) byToken(r *http.Request, scheme, text string) (string, error) {
	if len(text) > MaxToken {
		return "", deny("the token is too long")
	}
	if name := a.tokens.Caller(text); name != "" && scheme == SchemeBearer {
		return name, nil
	}
	i := a.issuerFor(text)
	if i == nil {
		return "", deny("the token is of nobody who is known")
	}
	said, err := i.say(r.Context(), text)
	if err != nil {
		return "", err
	}
	if err := a.possession(r, scheme, text, i.Bound, said); err != nil {
		return "", err
	}
	return a.client(i.URL, said)
}

// issuerFor returns the authorization server that a token names, or the one that
// is asked about tokens which name none.
func (a *Authenticator) issuerFor(text string) *tokenIssuer {
	named := issuerOf(text)
	at := slices.IndexFunc(a.issuers, func(i *tokenIssuer) bool { return i.URL == named || named == "" && i.asked != nil })
	if at < 0 {
		return nil
	}
	return a.issuers[at]
}

// possession wants whoever shows the token to have what it is bound to.
func (a *Authenticator) possession(r *http.Request, scheme, text, bound string, said *claims) error {
	key, hash := said.bound()
	switch {
	case (scheme == SchemeDPoP) != (key != ""): // RFC 9449, section 7.2
		return deny("a token that is bound to a key goes by the scheme DPoP, and no other does")
	case bound == config.BoundDPoP && key == "", bound == config.BoundCertificate && hash == "",
		bound == config.BoundEither && key == "" && hash == "":
		return deny("the token is not bound as it must be")
	case hash != "" && !isCertificate(certificate(r.TLS), hash):
		return deny("the token is bound to another certificate")
	case key != "":
		return a.proofs.check(r.Context(), r, a.origin+r.URL.Path, text, key)
	}
	return nil
}

// client returns the caller that a token is of.
func (a *Authenticator) client(issuer string, said *claims) (string, error) {
	for _, caller := range a.callers {
		if c := caller.Client; c != nil && c.Issuer == issuer &&
			(c.ID == "" || c.ID == said.ClientID) && (c.Subject == "" || c.Subject == said.Subject) {
			return caller.Name, nil
		}
	}
	return "", deny("the token is good, and of nobody who may ask")
}

// say returns what the issuer says of a token.
func (i *tokenIssuer) say(ctx context.Context, text string) (*claims, error) {
	if i.asked != nil {
		return i.introspect(ctx, text)
	}
	return i.judge(ctx, text)
}

// certificate returns the client certificate of a connection, or nil.
func certificate(state *tls.ConnectionState) *x509.Certificate {
	if state == nil || len(state.VerifiedChains) == 0 {
		return nil
	}
	return state.PeerCertificates[0]
}

// isCertificate tells whether hash is that of c (RFC 8705, section 3.1).
func isCertificate(c *x509.Certificate, hash string) bool {
	if c == nil {
		return false
	}
	sum := sha256.Sum256(c.Raw)
	return encode(sum[:]) == hash
}

// Challenges returns what WWW-Authenticate says of a failure, a header each: by
// what schemes to try, and what was wrong with the one that was tried.
func (a *Authenticator) Challenges(d *Denied) []string {
	all := []string{challenge(d, SchemeBearer)}
	if a.bound() {
		all = append(all, challenge(d, SchemeDPoP, fmt.Sprintf("algs=%q", strings.Join(proofAlgorithms, " "))))
	}
	if !a.keys.empty() { // which has no codes
		all = append(all, SchemeBasic+` realm="chancery", charset="UTF-8"`)
	}
	return all
}

func challenge(d *Denied, scheme string, parameters ...string) string {
	if d.Scheme == scheme && d.Code != CodeNone {
		parameters = append([]string{fmt.Sprintf("error=%q", d.Code)}, parameters...)
	}
	return strings.TrimSpace(scheme + " " + strings.Join(parameters, ", "))
}

// Nonce returns the nonce that proofs have from now on, for the header
// DPoP-Nonce; "" if there are none.
func (a *Authenticator) Nonce(ctx context.Context) (string, error) {
	if !a.bound() {
		return "", nil
	}
	return a.proofs.nonces.current(ctx)
}
