package access

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/issuer/config"
)

const (
	// maxSaid caps what a server says of a token, in bytes.
	maxSaid = 64 << 10
	// maxRemembered caps the tokens that are remembered.
	maxRemembered = 4096
	// askedAtOnce is how many tokens a server is asked about at a time.
	askedAtOnce = 8
)

// inquirer asks an authorization server about tokens, and remembers what it said
// for a short time: of tokens that are good, and of others.
type inquirer struct {
	config.Introspection
	secret func(context.Context) (string, error)
	client *http.Client
	now    func() time.Time
	slots  chan struct{}

	mu   sync.Mutex
	said map[[sha256.Size]byte]remembered
}

type remembered struct {
	claims *claims // nil for a token that is not active
	until  time.Time
}

func openInquirer(ctx context.Context, c *config.Config, i config.Introspection, e Environment) (*inquirer, error) {
	roots, err := readRoots(c, i.CA)
	if err != nil {
		return nil, err
	}
	q := &inquirer{
		Introspection: i, secret: func(ctx context.Context) (string, error) { return e.Secret(ctx, i.SecretFile) }, client: web.NewClient(roots, fetchTime), now: e.Now,
		slots: make(chan struct{}, askedAtOnce), said: map[[sha256.Size]byte]remembered{},
	}
	if _, err := q.secret(ctx); err != nil {
		return nil, fmt.Errorf("introspection: secret_file: %w", err)
	}
	return q, nil
}

// introspect returns what the issuer says of a token when it is asked.
func (i *tokenIssuer) introspect(ctx context.Context, text string) (*claims, error) {
	c, err := i.asked.about(ctx, text)
	if err != nil {
		return nil, err
	}
	switch {
	case c == nil:
		return nil, deny("the token is not active, its issuer says")
	case c.Issuer != "" && c.Issuer != i.URL:
		return nil, deny("the token is of another issuer")
	}
	return c, c.check(i.Audience, i.now())
}

func (q *inquirer) about(ctx context.Context, text string) (*claims, error) {
	id := sha256.Sum256([]byte(text))
	if r, ok := q.recall(id); ok {
		return r.claims, nil
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	select {
	case q.slots <- struct{}{}:
		defer func() { <-q.slots }()
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, ctx.Err())
	}
	c, err := q.ask(ctx, text)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrUnavailable, q.URL, err)
	}
	q.remember(id, c)
	return c, nil
}

func (q *inquirer) recall(id [sha256.Size]byte) (remembered, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	r, ok := q.said[id]
	return r, ok && q.now().Before(r.until)
}

// remember keeps what was said, in the place of what is over or, if there is too
// much, of anything.
func (q *inquirer) remember(id [sha256.Size]byte, c *claims) {
	q.mu.Lock()
	defer q.mu.Unlock()
	now := q.now()
	if len(q.said) >= maxRemembered {
		for old, r := range q.said {
			if !now.Before(r.until) {
				delete(q.said, old)
			}
		}
	}
	for old := range q.said {
		if len(q.said) < maxRemembered {
			break
		}
		delete(q.said, old)
	}
	q.said[id] = remembered{c, now.Add(q.Cache.Std())}
}

// ask sends one question (RFC 7662, section 2.1).
func (q *inquirer) ask(ctx context.Context, text string) (*claims, error) {
	secret, err := q.secret(ctx)
	if err != nil {
		return nil, err
	}
	form := url.Values{"token": {text}, "token_type_hint": {"access_token"}}.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, q.URL, strings.NewReader(form))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Accept", "application/json")
	request.SetBasicAuth(url.QueryEscape(q.ClientID), url.QueryEscape(secret)) // RFC 6749, section 2.3.1
	response, err := q.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%w: %s", web.ErrStatus, response.Status)
	}
	data, err := web.ReadBody(response.Body, maxSaid)
	if err != nil {
		return nil, err
	}
	return readSaid(data)
}

var errSaid = errors.New("the answer is not that of RFC 7662")

// readSaid returns what was said of a token; nil if it is not active.
func readSaid(data []byte) (*claims, error) {
	var said struct {
		Active *bool `json:"active"`
	}
	if err := json.Unmarshal(data, &said); err != nil || said.Active == nil {
		return nil, errSaid
	}
	if !*said.Active {
		return nil, nil
	}
	var c claims
	if err := json.Unmarshal(data, &c); err != nil {
		return nil, errSaid
	}
	return &c, nil
}
