package postgres

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/chancery-vc/chancery/internal/pgpool"
	"github.com/chancery-vc/chancery/issuer/source"
)

// minPause and maxPause are how long nobody tries to connect after that failed.
const (
	minPause = 100 * time.Millisecond
	maxPause = 5 * time.Second
)

func newPool(config *pgconn.Config, password func(context.Context) (string, error)) *pgpool.Pool {
	return pgpool.New(pgpool.Options{
		Config: config, Password: password, Unavailable: source.ErrUnavailable,
		Size: maxConns, ConnectTimeout: connectTimeout, MinPause: minPause, MaxPause: maxPause,
	})
}
