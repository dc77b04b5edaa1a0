package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/chancery-vc/chancery/issuer/singleuse"
)

const (
	// connectTimeout is how long one connection may take to open, and pause is
	// how long nobody tries after that failed.
	connectTimeout = 3 * time.Second
	pause          = 250 * time.Millisecond
	// maxAge is how long a connection is used: a failover behind one address is
	// not outlived for long.
	maxAge = 30 * time.Minute
	// closeTimeout is how long a connection may take to say goodbye.
	closeTimeout = time.Second
)

var errClosed = errors.New("it was closed")

// pool has at most maxConns connections, of which one at a time is being
// opened.
type pool struct {
	config   *pgconn.Config
	password func(context.Context) (string, error)
	slots    chan struct{} // a token for each connection in use
	opening  chan struct{} // the token of who is connecting

	mu     sync.Mutex
	idle   []conn
	closed bool
	until  time.Time // when the next try to connect may be
	failed error     // what the last one ended with
}

type conn struct {
	*pgconn.PgConn
	born time.Time
}

func newPool(config *pgconn.Config, password func(context.Context) (string, error)) *pool {
	return &pool{config: config, password: password, slots: make(chan struct{}, maxConns), opening: make(chan struct{}, 1)}
}

// read runs a statement that changes nothing. It is run again, on another
// connection, if one that had waited turns out to be gone.
func (p *pool) read(ctx context.Context, sql string, args ...string) (*pgconn.Result, error) {
	result, reused, err := p.run(ctx, sql, args)
	for reused && ended(err) && ctx.Err() == nil {
		result, reused, err = p.run(ctx, sql, args)
	}
	if err != nil && !errors.Is(err, singleuse.ErrUnavailable) {
		err = readError(ctx, err)
	}
	return result, err
}

// write runs a statement that is a transaction of its own. It is run again only
// if nothing of it was sent.
func (p *pool) write(ctx context.Context, sql string, args ...string) (*pgconn.Result, error) {
	result, reused, err := p.run(ctx, sql, args)
	for reused && err != nil && pgconn.SafeToRetry(err) && ctx.Err() == nil {
		result, reused, err = p.run(ctx, sql, args)
	}
	if err != nil && !errors.Is(err, singleuse.ErrUnavailable) {
		err = writeError(ctx, err)
	}
	return result, err
}

// run returns when the server is ready for the next statement: only then is this
// one committed.
func (p *pool) run(ctx context.Context, sql string, args []string) (_ *pgconn.Result, reused bool, err error) {
	c, reused, err := p.acquire(ctx)
	if err != nil {
		return nil, false, err
	}
	defer p.release(c)
	values := make([][]byte, len(args))
	for i, arg := range args {
		values[i] = []byte(arg)
	}
	result := c.ExecParams(ctx, sql, values, nil, nil, nil).Read()
	return result, reused, result.Err
}

// acquire returns a connection that is nobody else's, and whether it had waited.
func (p *pool) acquire(ctx context.Context) (c conn, reused bool, err error) {
	if err := take(ctx, p.slots); err != nil {
		return conn{}, false, err
	}
	if c, reused, err = p.waiting(); !reused && err == nil {
		c, reused, err = p.open(ctx)
	}
	if err != nil {
		<-p.slots
	}
	return c, reused, err
}

// waiting returns a connection that nobody uses, if there is one.
func (p *pool) waiting() (conn, bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return conn{}, false, fmt.Errorf("%w: %w", singleuse.ErrUnavailable, errClosed)
	}
	last := len(p.idle) - 1
	if last < 0 {
		return conn{}, false, nil
	}
	c := p.idle[last]
	p.idle = p.idle[:last]
	return c, true, nil
}

// open connects once it is its turn, unless a connection was given back
// meanwhile, or the last try has just failed.
func (p *pool) open(ctx context.Context) (c conn, reused bool, err error) {
	if err := take(ctx, p.opening); err != nil {
		return conn{}, false, err
	}
	defer func() { <-p.opening }()
	if c, reused, err := p.waiting(); reused || err != nil {
		return c, reused, err
	}
	if err := p.paused(); err != nil {
		return conn{}, false, err
	}
	c, err = p.connect(ctx)
	return c, false, err
}

func (p *pool) connect(ctx context.Context) (conn, error) {
	config := p.config.Copy()
	if p.password != nil {
		password, err := p.password(ctx)
		if err != nil {
			return conn{}, p.tried(err)
		}
		config.Password = password
	}
	limited, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	opened, err := pgconn.ConnectConfig(limited, config)
	if ctx.Err() != nil && err != nil {
		return conn{}, fmt.Errorf("%w: %w", singleuse.ErrUnavailable, ctx.Err()) // no fault of the server's
	}
	return conn{opened, time.Now()}, p.tried(err)
}

func (p *pool) paused() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Now().Before(p.until) {
		return p.failed
	}
	return nil
}

// tried keeps how a try to connect ended.
func (p *pool) tried(err error) error {
	if err == nil {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.until = time.Now().Add(pause)
	p.failed = fmt.Errorf("%w: %s", singleuse.ErrUnavailable, strings.Join(strings.Fields(err.Error()), " "))
	return p.failed
}

// release takes a connection back, unless it is not fit for another statement.
func (p *pool) release(c conn) {
	defer func() { <-p.slots }()
	if c.IsClosed() || c.TxStatus() != 'I' || time.Since(c.born) > maxAge || !p.keep(c) {
		goodbye(c)
	}
}

func (p *pool) keep(c conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.idle = append(p.idle, c)
	}
	return !p.closed
}

func (p *pool) close() {
	p.mu.Lock()
	idle := p.idle
	p.idle, p.closed = nil, true
	p.mu.Unlock()
	for _, c := range idle {
		goodbye(c)
	}
}

func goodbye(c conn) {
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
	return fmt.Errorf("%w: %w", singleuse.ErrUnavailable, ctx.Err())
}
