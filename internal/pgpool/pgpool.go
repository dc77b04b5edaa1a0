// Package pgpool has connections to a PostgreSQL server for many who use one at
// a time. While the server is away one of them tries to connect, rarely, and the
// others are told at once: nobody waits for what cannot come, and a server that
// comes back is not overrun.
//
// Errors wrap the one that [Options] names, for a server that cannot be had. They
// are the server's or the network's about a connection, never about a statement.
package pgpool

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// maxAge is how long a connection is used: a failover behind one address,
	// or a right taken away, is not outlived for long.
	maxAge = 30 * time.Minute
	// closeTimeout is how long a connection may take to say goodbye.
	closeTimeout = time.Second
)

// ErrClosed says that the pool was closed.
var ErrClosed = errors.New("the database was closed")

// Options are what a pool is made of.
type Options struct {
	Config *pgconn.Config
	// Password returns the password as it is now, for each connection; nil for
	// none.
	Password func(context.Context) (string, error)
	// Unavailable is what errors wrap.
	Unavailable error
	// Size is how many connections there are at most.
	Size int
	// ConnectTimeout is how long one may take to open.
	ConnectTimeout time.Duration
	// MinPause and MaxPause are how long nobody tries to connect after that
	// failed: the first doubles up to the second.
	MinPause, MaxPause time.Duration
}

// Pool has connections, of which one at a time is being opened.
type Pool struct {
	Options
	slots   chan struct{} // a token for each connection in use
	opening chan struct{} // the token of who is connecting

	mu     sync.Mutex
	idle   []*Conn // the last one used is the last one here
	closed bool
	pause  time.Duration
	until  time.Time // when the next try may be
	failed error     // what the last try ended with
}

// Conn is a connection.
type Conn struct {
	*pgconn.PgConn
	// Reused tells whether somebody else had it before.
	Reused bool
	// Prepared is what was prepared on it, for those who use it.
	Prepared map[string]*pgconn.StatementDescription

	born time.Time
}

// New returns a pool. It connects when somebody first asks.
func New(o Options) *Pool {
	return &Pool{Options: o, slots: make(chan struct{}, o.Size), opening: make(chan struct{}, 1)}
}

// Acquire returns a connection that is nobody else's until [Pool.Release].
func (p *Pool) Acquire(ctx context.Context) (*Conn, error) {
	if err := p.Take(ctx, p.slots); err != nil {
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
func (p *Pool) waiting() (*Conn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, fmt.Errorf("%w: %w", p.Unavailable, ErrClosed)
	}
	n := len(p.idle)
	if n == 0 {
		return nil, nil
	}
	c := p.idle[n-1]
	p.idle, c.Reused = p.idle[:n-1], true
	return c, nil
}

// open connects once it is its turn, unless a connection was given back
// meanwhile, or the last try has just failed.
func (p *Pool) open(ctx context.Context) (*Conn, error) {
	if err := p.Take(ctx, p.opening); err != nil {
		return nil, err
	}
	defer func() { <-p.opening }()
	if c, err := p.waiting(); c != nil || err != nil {
		return c, err
	}
	if err := p.paused(); err != nil {
		return nil, err
	}
	return p.connect(ctx)
}

func (p *Pool) connect(ctx context.Context) (*Conn, error) {
	limited, cancel := context.WithTimeout(ctx, p.ConnectTimeout)
	defer cancel()
	config, err := p.now(limited)
	if err != nil {
		return nil, fmt.Errorf("%w: password: %w", p.Unavailable, err)
	}
	opened, err := pgconn.ConnectConfig(limited, config)
	if ctx.Err() != nil && err != nil {
		return nil, fmt.Errorf("%w: %w", p.Unavailable, ctx.Err()) // no fault of the server's
	}
	if err := p.tried(err); err != nil {
		return nil, err
	}
	return &Conn{PgConn: opened, born: time.Now(), Prepared: map[string]*pgconn.StatementDescription{}}, nil
}

// now returns the configuration with the password as it is now.
func (p *Pool) now(ctx context.Context) (*pgconn.Config, error) {
	if p.Password == nil {
		return p.Config, nil
	}
	config := p.Config.Copy()
	var err error
	config.Password, err = p.Password(ctx)
	return config, err
}

// paused tells whether it is too early to try again.
func (p *Pool) paused() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Now().Before(p.until) {
		return p.failed
	}
	return nil
}

// tried keeps how a try to connect ended. Its error is the server's or the
// network's about the connection: no record was read, so it is shown.
func (p *Pool) tried(err error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err == nil {
		p.pause, p.failed = 0, nil
		return nil
	}
	p.pause = min(max(2*p.pause, p.MinPause), p.MaxPause)
	p.until = time.Now().Add(p.pause)
	p.failed = fmt.Errorf("%w: %s", p.Unavailable, strings.Join(strings.Fields(err.Error()), " "))
	return p.failed
}

// Release takes a connection back. One that is not fit for another statement, or
// is said to be stale, is closed.
func (p *Pool) Release(c *Conn, stale bool) {
	defer func() { <-p.slots }()
	if stale || c.IsClosed() || c.TxStatus() != 'I' || time.Since(c.born) > maxAge || !p.keep(c) {
		goodbye(c)
	}
}

func (p *Pool) keep(c *Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.idle = append(p.idle, c)
	return true
}

// Forget closes the connections that nobody uses.
func (p *Pool) Forget() {
	p.mu.Lock()
	idle := p.idle
	p.idle = nil
	p.mu.Unlock()
	for _, c := range idle {
		goodbye(c)
	}
}

// Close closes the pool, and its connections as they are given back.
func (p *Pool) Close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.Forget()
}

func goodbye(c *Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	_ = c.Close(ctx) // whatever it says, it is gone
}

// Take takes one of the tokens, unless ctx ends before. Its users wait their turn
// for other things so too.
func (p *Pool) Take(ctx context.Context, tokens chan<- struct{}) error {
	if ctx.Err() == nil {
		select {
		case tokens <- struct{}{}:
			return nil
		case <-ctx.Done():
		}
	}
	return fmt.Errorf("%w: %w", p.Unavailable, ctx.Err())
}
