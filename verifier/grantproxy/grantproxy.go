// Package grantproxy lets a partner's program that speaks plain HTTP, on the
// same machine, ask a registry under a grant. The proxy holds the grant and the
// key that it is bound to; the program has neither.
//
// It forwards POST /v1/facts, /v1/statuses and /v1/credentials, and of those what
// the grant is for: its purposes and names. Which records it is for, and how
// many, the registry judges, since a grant has no key of a record in clear.
// Everything else is refused here. GET / tells what is left.
//
// # Who can use it
//
// It listens on a loopback address, where each account of the machine can
// connect, and each page in a browser. So its paths begin with 128 random bits
// that only its owner was told ([Proxy.Path]), a request must name the very
// address that is listened on (against DNS rebinding), and none that a browser
// makes for a page is taken (Origin, Sec-Fetch-Site). No answer allows another
// origin anything. On a Unix socket the file's mode says who can connect, and
// there is no such path.
//
// # How it ends
//
// By itself ([End]): when the grant ends, when the registry says that it is used
// up, or takes it no more; and when it is told to. What is under way has some
// seconds to be finished.
//
// Source: RFC 9449, sections 4, 7 and 8; RFC 9457; RFC 7638; Fetch Metadata
// Request Headers, section 2.3. A grant is described in package statement.
package grantproxy

import (
	"crypto"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/jwa"
	"github.com/chancery-vc/chancery/verifier/statement"
)

// Caps on what the proxy takes and gives.
const (
	maxRequest  = 1 << 20
	maxResponse = 16 << 20
	maxAtOnce   = 16 // requests that are forwarded; others wait
)

// ErrGrant says that a file is no grant that this proxy can use.
var ErrGrant = errors.New("not a grant that can be used")

// Options are what a proxy is made of.
type Options struct {
	Grant  []byte        // as the registry gave it
	Key    crypto.Signer // that it is bound to
	Client *http.Client  // that speaks TLS to the registry, and follows no redirect of a POST
	Now    func() time.Time
	Random io.Reader
	// Tell, if not nil, is told what is left, each time that is something else. It
	// may be called by several at once.
	Tell func(Left)
	// Poll is how often the registry is asked what is left while nothing else is.
	Poll time.Duration
}

// Proxy forwards questions under one grant.
type Proxy struct {
	terms    *statement.Statement
	upstream *upstream
	path     string
	tell     func(Left)
	poll     time.Duration
	now      func() time.Time
	slots    chan struct{}
	watch    watch
}

// New returns a proxy. It wraps [ErrGrant] if the grant cannot be used with this
// key. Whether the registry takes it, [Proxy.Serve] finds out.
func New(o Options) (*Proxy, error) {
	terms, err := readGrant(o.Grant, o.Key)
	if err != nil {
		return nil, err
	}
	if !o.Now().Before(terms.ExpiresAt()) {
		return nil, fmt.Errorf("%w: it ended at %s", ErrGrant, terms.ExpiresAt().Format(time.RFC3339))
	}
	up, err := newUpstream(o, terms)
	if err != nil {
		return nil, err
	}
	var secret [16]byte
	if _, err := io.ReadFull(o.Random, secret[:]); err != nil {
		return nil, fmt.Errorf("make the proxy's path: %w", err)
	}
	p := &Proxy{
		terms: terms, upstream: up, path: "/" + base64.RawURLEncoding.EncodeToString(secret[:]),
		tell: o.Tell, poll: o.Poll, now: o.Now, slots: make(chan struct{}, maxAtOnce),
	}
	p.watch.init()
	return p, nil
}

// Path returns what the paths of the proxy begin with: whoever has it, and can
// connect, can use the grant.
func (p *Proxy) Path() string { return p.path }

// Terms returns what the grant says. That the registry signed it was not checked:
// it is sent to the address that it names, and to no other.
func (p *Proxy) Terms() *statement.Statement { return p.terms }

// readGrant wants a grant to be bound to key, and to lead to an https address.
func readGrant(token []byte, key crypto.Signer) (*statement.Statement, error) {
	u, err := statement.Peek(token)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrGrant, err)
	}
	if u.Type != statement.TypeGrant {
		return nil, fmt.Errorf("%w: it is a statement of type %s", ErrGrant, u.Type)
	}
	sum, err := jwa.Thumbprint(key.Public())
	if err != nil {
		return nil, err
	}
	if got := base64.RawURLEncoding.EncodeToString(sum); got != u.Statement.Confirmation.Thumbprint {
		return nil, fmt.Errorf("%w: it is bound to the key %s, and this is %s", ErrGrant, u.Statement.Confirmation.Thumbprint, got)
	}
	address, err := url.Parse(u.Statement.Audience)
	if err != nil || address.Scheme != "https" || address.Host == "" || address.User != nil || address.RawQuery != "" || address.Fragment != "" || strings.HasSuffix(address.Path, "/") {
		return nil, fmt.Errorf("%w: it does not lead to an https address", ErrGrant)
	}
	return u.Statement, nil
}
