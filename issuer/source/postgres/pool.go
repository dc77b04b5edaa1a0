package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/chancery-vc/chancery/issuer/source"
)

const (
	// minPause and maxPause are how long nobody tries to connect after that
	// failed: the first doubles up to the second.
	minPause = 100 * time.Millisecond
	maxPause = 5 * time.Second
	// maxAge is how long a connection is used: a failover behind one address,
	// or a right taken away, is not outlived for long.
	maxAge = 30 * time.Minute
	// closeTimeout is how long a connection may take to say goodbye.
	closeTimeout = time.Second
)

var errClosed = errors.New("the database was closed")

// pool has at most maxConns connections, of which one at a time is being
// opened.
type pool struct {
	config   *pgconn.Config
	password func(context.Context) (string, error) // nil for none
	slots    chan struct{}                         // a token for each connection in use
	opening  chan struct{}                         // the token of who is connecting

	mu     sync.Mutex
	idle   []*conn // the last one used is the last one here
	closed bool
	pause  time.Duration
	until  time.Time // when the next try may be
	failed error     // what the last try ended with
}

func newPool(config *pgconn.Config, password func(context.Context) (string, error)) *pool {
	return &pool{config: config, password: password, slots: make(chan struct{}, maxConns), opening: make(chan struct{}, 1)}
}

// acquire returns a connection that is nobody else's.
func (p *pool) acquire(ctx context.Context) (*conn, error) {
	if err := take(ctx, p.slots); err != nil {
		return nil, err
	}
	c, err := p.waiting()
	if c == nil && err == nil {
		c, err = p.open(ctx)
	}
	if err != nil {
		<-p.slots
	}
	return c, err
}

// waiting returns a connection that nobody uses; nil if there is none.
func (p *pool) waiting() (*conn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, fmt.Errorf("%w: %w", source.ErrUnavailable, errClosed)
	}
	n := len(p.idle)
	if n == 0 {
		return nil, nil
	}
	c := p.idle[n-1]
	p.idle, c.reused = p.idle[:n-1], true
	return c, nil
}

// open connects once it is its turn, unless a connection was given back
// meanwhile.
func (p *pool) open(ctx context.Context) (*conn, error) {
	if err := take(ctx, p.opening); err != nil {
		return nil, err
	}
	defer func() { <-p.opening }()
	if c, err := p.waiting(); c != nil || err != nil {
		return c, err
	}
	return p.connect(ctx)
}

func (p *pool) connect(ctx context.Context) (*conn, error) {
	if err := p.paused(); err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	config, err := p.now(limited)
	if err != nil {
		return nil, fmt.Errorf("%w: password: %w", source.ErrUnavailable, err)
	}
	opened, err := pgconn.ConnectConfig(limited, config)
	if ctx.Err() != nil && err != nil {
		return nil, fmt.Errorf("%w: %w", source.ErrUnavailable, ctx.Err()) // no fault of the server's
	}
	if err := p.tried(err); err != nil {
		return nil, err
	}
	return &conn{PgConn: opened, born: time.Now(), prepared: map[string]*pgconn.StatementDescription{}}, nil
}

// now returns the configuration with the password as it is now.
func (p *pool) now(ctx context.Context) (*pgconn.Config, error) {
	if p.password == nil {
		return p.config, nil
	}
	config := p.config.Copy()
	var err error
	config.Password, err = p.password(ctx)
	return config, err
}

// paused tells whether it is too early to try again.
func (p *pool) paused() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Now().Before(p.until) {
		return p.failed
	}
	return nil
}

// tried keeps how a try to connect ended. Its error is the server's or the
// network's about the connection: no record was read, so it is shown.
func (p *pool) tried(err error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err == nil {
		p.pause, p.failed = 0, nil
		return nil
	}
	p.pause = min(max(2*p.pause, minPause), maxPause)
	p.until = time.Now().Add(p.pause)
	p.failed = fmt.Errorf("%w: %s", source.ErrUnavailable, strings.Join(strings.Fields(err.Error()), " "))
	return p.failed
}

// release takes a connection back after err, which may mean that it cannot be
// used again.
func (p *pool) release(c *conn, err error) {
	defer func() { <-p.slots }()
	if c.IsClosed() || c.TxStatus() != 'I' || c.stale(err) || time.Since(c.born) > maxAge || !p.keep(c) {
		goodbye(c)
	}
}

func (p *pool) keep(c *conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.idle = append(p.idle, c)
	return true
}

// forget closes the connections that wait.
func (p *pool) forget() {
	p.mu.Lock()
	idle := p.idle
	p.idle = nil
	p.mu.Unlock()
	for _, c := range idle {
		goodbye(c)
	}
}

func (p *pool) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.forget()
}

func goodbye(c *conn) {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	_ = c.Close(ctx) // whatever it says, it is gone
}

// take takes one of the tokens.
func take(ctx context.Context, tokens chan<- struct{}) error {
	if ctx.Err() == nil {
		select {
		case tokens <- struct{}{}:
			return nil
		case <-ctx.Done():
		}
	}
	return fmt.Errorf("%w: %w", source.ErrUnavailable, ctx.Err())
}
