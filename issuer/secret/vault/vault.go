// Package vault speaks to HashiCorp Vault or OpenBao: it reads secrets of
// version 2 of the KV engine, and has the transit engine sign.
//
// Requests and answers are JSON over HTTPS, or over HTTP to a loopback address,
// where an agent listens. Redirects and proxies are not followed. A token is
// renewed when half of its time is over, and a new one is taken where it cannot
// be, or was taken away.
//
// Errors wrap [ErrUnavailable], [ErrDenied], [ErrNone] or [ErrAnswer]. Of an
// answer that says no, its HTTP status alone is kept.
//
// Source: developer.hashicorp.com/vault/api-docs (also openbao.org/api-docs):
// auth/token, auth/approle, auth/kubernetes, secret/kv/kv-v2, secret/transit.
package vault

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
)

// Errors that callers can tell apart with [errors.Is].
var (
	// ErrUnavailable says that Vault is away, sealed, or too busy.
	ErrUnavailable = errors.New("vault does not answer")
	// ErrDenied says that the token or the login is not good for that.
	ErrDenied = errors.New("vault does not allow it")
	// ErrNone says that there is no such thing.
	ErrNone = errors.New("vault has nothing there")
	// ErrAnswer says that an answer is not what it should be.
	ErrAnswer = errors.New("vault answers what was not asked for")
)

const (
	// timeout is how long a request may take, its answer included.
	timeout = 5 * time.Second
	// maxAnswer caps an answer, in bytes; maxHeader its header.
	maxAnswer = 1 << 20
	maxHeader = 64 << 10
)

// Options say which Vault, and who asks.
type Options struct {
	Address   string         // such as https://vault.example:8200
	Namespace string         // empty for none
	Roots     *x509.CertPool // nil for the system's
	Login     Login
	Now       func() time.Time
}

// Client speaks to one Vault. It is safe for concurrent use.
type Client struct {
	Options
	client *http.Client

	mu    sync.Mutex // of whoever logs in or renews
	token lease
}

// New returns a client. Nothing is asked yet.
func New(o Options) (*Client, error) {
	address, err := url.Parse(o.Address)
	if err != nil || address.Host == "" || address.User != nil || address.RawQuery != "" || address.Fragment != "" {
		return nil, errors.New("the address is not one such as https://vault.example:8200")
	}
	if address.Scheme != "https" && (address.Scheme != "http" || !loopback(address.Hostname())) {
		return nil, errors.New("the address must be https, or http to an agent on this machine")
	}
	transport := &http.Transport{
		TLSClientConfig:        &tls.Config{RootCAs: o.Roots, MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2:      true,
		MaxResponseHeaderBytes: maxHeader,
		IdleConnTimeout:        time.Minute,
	}
	never := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{Options: o, client: &http.Client{Transport: transport, CheckRedirect: never, Timeout: timeout}}, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Close lets connections go that nobody uses.
func (c *Client) Close() { c.client.CloseIdleConnections() }

// call asks with a token. One that is no longer good is replaced once.
func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	token, err := c.authorized(ctx, "")
	if err != nil {
		return err
	}
	err = c.ask(ctx, token, method, path, in, out)
	if !errors.Is(err, ErrDenied) {
		return err
	}
	again, failed := c.authorized(ctx, token)
	if failed != nil || again == token {
		return errors.Join(err, failed)
	}
	return c.ask(ctx, again, method, path, in, out)
}

// ask sends one request, and reads the answer into out unless that is nil.
func (c *Client) ask(ctx context.Context, token, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(data)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.Address+"/v1/"+path, body)
	if err != nil {
		return err
	}
	request.Header.Set("X-Vault-Request", "true")
	if token != "" {
		request.Header.Set("X-Vault-Token", token)
	}
	if c.Namespace != "" {
		request.Header.Set("X-Vault-Namespace", c.Namespace)
	}
	response, err := c.client.Do(request)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	defer response.Body.Close()
	if err := judge(path, response.StatusCode); err != nil {
		return err
	}
	return read(response.Body, out)
}

// judge tells what a status means. 412, 472 and 473 are of a node that is not
// the one to ask.
func judge(path string, status int) error {
	kind := ErrAnswer
	switch {
	case status == http.StatusOK, status == http.StatusNoContent:
		return nil
	case status >= 500, status == http.StatusTooManyRequests, status == http.StatusPreconditionFailed, status == 472, status == 473:
		kind = ErrUnavailable
	case status == http.StatusForbidden, status == http.StatusUnauthorized, status == http.StatusBadRequest:
		kind = ErrDenied
	case status == http.StatusNotFound:
		kind = ErrNone
	}
	return fmt.Errorf("%w: %s: status %d", kind, path, status)
}

func read(body io.Reader, out any) error {
	data, err := io.ReadAll(io.LimitReader(body, maxAnswer+1))
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	case out == nil:
		return nil
	case len(data) > maxAnswer:
		return fmt.Errorf("%w: it has more than %d bytes", ErrAnswer, maxAnswer)
	}
	if err := json.Unmarshal(data, out); err != nil { // its error could quote a secret
		return fmt.Errorf("%w: it is not the JSON that was expected", ErrAnswer)
	}
	return nil
}
