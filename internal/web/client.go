// Package web is how the programs speak HTTPS.
//
// The client side asks over TLS 1.2 or later only, follows a redirect only of
// a GET and only within the origin that was asked, goes through no proxy, and
// reads a body up to a cap that the caller names, in bytes. Errors wrap
// [ErrInsecure], [ErrRedirect], [ErrTooLarge] or [ErrStatus], or are those of
// net/http.
//
// Source: RFC 9110, sections 4.2.2, 4.3.1 and 15.4; RFC 9325, section 3.1.1.
package web

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Caps on what a server can make a client do.
const (
	maxRedirects    = 3
	maxAnswerHeader = 64 << 10
)

// Errors that callers can tell apart with [errors.Is].
var (
	ErrInsecure = errors.New("only https is spoken")
	ErrRedirect = errors.New("the redirect is not followed")
	ErrTooLarge = errors.New("the answer is too large")
	ErrStatus   = errors.New("the server did not answer with what was asked for")
)

// NewClient returns a client that trusts roots, or those of the system if
// roots is nil, and gives a request and its answer timeout altogether.
func NewClient(roots *x509.CertPool, timeout time.Duration) *http.Client {
	return &http.Client{
		Timeout:       timeout,
		CheckRedirect: checkRedirect,
		Transport: secureOnly{&http.Transport{
			TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    timeout,
			MaxResponseHeaderBytes: maxAnswerHeader,
			ForceAttemptHTTP2:      true,
		}},
	}
}

// Roots returns the roots of the system and, with them, the certificates in
// pem, of which there must be one at least.
func Roots(pem []byte) (*x509.CertPool, error) {
	pool, err := x509.SystemCertPool()
	if err != nil {
		return nil, fmt.Errorf("read the system's certificates: %w", err)
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, errors.New("there is no certificate in PEM form")
	}
	return pool, nil
}

// OnlyRoots returns the certificates in pem, and not those of the system.
func OnlyRoots(pem []byte) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, errors.New("there is no certificate in PEM form")
	}
	return pool, nil
}

// secureOnly refuses what would be sent in the clear, redirects included.
type secureOnly struct{ next http.RoundTripper }

func (s secureOnly) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme != "https" {
		return nil, fmt.Errorf("%w, not %q", ErrInsecure, r.URL.Scheme)
	}
	return s.next.RoundTrip(r)
}

// checkRedirect keeps what a request carries, and the trust in who answers
// it, within one origin.
func checkRedirect(next *http.Request, via []*http.Request) error {
	first := via[0]
	switch {
	case first.Method != http.MethodGet:
		return fmt.Errorf("%w: it is of a %s", ErrRedirect, first.Method)
	case Origin(next.URL) != Origin(first.URL):
		return fmt.Errorf("%w: it leads from %s to %s", ErrRedirect, Origin(first.URL), Origin(next.URL))
	case len(via) > maxRedirects:
		return fmt.Errorf("%w: it is one of more than %d", ErrRedirect, maxRedirects)
	}
	return nil
}

// Origin returns the scheme, host and port of u (RFC 6454, section 4).
func Origin(u *url.URL) string {
	origin := u.Scheme + "://" + strings.ToLower(u.Host)
	if u.Scheme == "https" && u.Port() == "443" {
		return strings.TrimSuffix(origin, ":443")
	}
	return origin
}

// ReadBody reads body to its end, or returns [ErrTooLarge] if that is more
// than most bytes.
func ReadBody(body io.Reader, most int) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(body, int64(most)+1))
	if err != nil {
		return nil, err
	}
	if len(data) > most {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, most)
	}
	return data, nil
}

// Get returns the body at address if the server answers 200.
func Get(ctx context.Context, client *http.Client, address string, most int) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%w: %s", ErrStatus, response.Status)
	}
	return ReadBody(response.Body, most)
}
