package oid4vci

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"unicode"

	"github.com/chancery-vc/chancery/internal/web"
)

var errAddress = errors.New("it is not an https URL with a host in ASCII and without a user or fragment")

// parseEndpoint reads the URL of an endpoint, which may have a query.
func parseEndpoint(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil || strings.Contains(text, "#") {
		return nil, errAddress
	}
	// A name that only looks like another one is told from it as xn--.
	if strings.ContainsFunc(u.Host, func(r rune) bool { return r > unicode.MaxASCII }) {
		return nil, errAddress
	}
	return u, nil
}

// parseIssuer reads the identifier of a credential issuer (section 12.2.1) or
// authorization server (RFC 8414, section 2).
func parseIssuer(text string) (*url.URL, error) {
	u, err := parseEndpoint(text)
	if err != nil {
		return nil, err
	}
	if strings.Contains(text, "?") {
		return nil, fmt.Errorf("%w, nor a query", errAddress)
	}
	return u, nil
}

// checkEndpoint wants the endpoint called name to be on the origin of owner.
func checkEndpoint(owner *url.URL, name, text string) error {
	u, err := parseEndpoint(text)
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrAnswer, name, err)
	}
	if web.Origin(u) != web.Origin(owner) {
		return fmt.Errorf("%w: %s is on %s, not on %s", ErrAnswer, name, web.Origin(u), web.Origin(owner))
	}
	return nil
}

// wellKnown returns where the document of a well-known URI about issuer is:
// between its host and its path (section 12.2.2).
func wellKnown(issuer *url.URL, suffix string) string {
	return "https://" + issuer.Host + "/.well-known/" + suffix + issuer.EscapedPath()
}
