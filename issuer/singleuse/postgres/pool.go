package postgres

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/chancery-vc/chancery/internal/pgpool"
	"github.com/chancery-vc/chancery/issuer/singleuse"
)

const (
	// connectTimeout is how long one connection may take to open, and pause is
	// how long nobody tries after that failed.
	connectTimeout = 3 * time.Second
	pause          = 250 * time.Millisecond
)

// pool runs statements.
type pool struct{ *pgpool.Pool }

func newPool(config *pgconn.Config, password func(context.Context) (string, error)) pool {
	return pool{pgpool.New(pgpool.Options{
		Config: config, Password: password, Unavailable: singleuse.ErrUnavailable,
		Size: maxConns, ConnectTimeout: connectTimeout, MinPause: pause, MaxPause: pause,
	})}
}

// read runs a statement that changes nothing. It is run again, on another
// connection, if one that had waited turns out to be gone.
func (p pool) read(ctx context.Context, sql string, args ...string) (*pgconn.Result, error) {
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
func (p pool) write(ctx context.Context, sql string, args ...string) (*pgconn.Result, error) {
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
func (p pool) run(ctx context.Context, sql string, args []string) (_ *pgconn.Result, reused bool, err error) {
	c, err := p.Acquire(ctx)
	if err != nil {
		return nil, false, err
	}
	defer p.Release(c, false)
	values := make([][]byte, len(args))
	for i, arg := range args {
		values[i] = []byte(arg)
	}
	result := c.ExecParams(ctx, sql, values, nil, nil, nil).Read()
	return result, c.Reused, result.Err
}
