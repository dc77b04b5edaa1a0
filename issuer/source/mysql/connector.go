package mysql

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/chancery-vc/chancery/issuer/source"
)

// minPause and maxPause are how long nobody tries to connect after that failed:
// the first doubles up to the second.
const (
	minPause = 100 * time.Millisecond
	maxPause = 5 * time.Second
)

// session are the statements that set each connection up, whatever the server,
// the account or init_connect had it be. A role that the account gets by default
// is put down: the scope is proven without it. What is between /*M! and */ is
// for MariaDB, what is between /*!50708 and */ for MySQL.
var session = []string{
	"SET NAMES utf8mb4 COLLATE utf8mb4_bin",
	fmt.Sprintf("SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00', autocommit = 1, sql_quote_show_create = 1, "+
		"sql_select_limit = 18446744073709551615, max_sort_length = %d, lock_wait_timeout = %d /*M!, idle_transaction_timeout = %d */",
		2*source.MaxValue, int(lockTimeout.Seconds()), int(readTimeout.Seconds())),
	timeout(statementTimeout),
	"SET ROLE NONE",
	"SET SESSION TRANSACTION READ ONLY",
}

// timeout is the statement that sets how long later ones may take.
func timeout(d time.Duration) string {
	return fmt.Sprintf("SET SESSION /*M! max_statement_time = %d */ /*!50708 max_execution_time = %d */", int(d.Seconds()), d.Milliseconds())
}

// allow sets how long the statements of a connection may take.
func allow(ctx context.Context, tx *sql.Tx, d time.Duration) error {
	_, err := tx.ExecContext(ctx, timeout(d))
	return err
}

// connector opens connections, one at a time.
type connector struct {
	driver.Connector
	opening chan struct{} // the token of who is connecting

	mu     sync.Mutex
	pause  time.Duration
	until  time.Time // when the next try may be
	failed error     // what the last try ended with
}

func newConnector(config *mysql.Config) (*connector, error) {
	plain, err := mysql.NewConnector(config)
	if err != nil {
		return nil, err
	}
	return &connector{Connector: plain, opening: make(chan struct{}, 1)}, nil
}

// Connect connects once it is its turn, unless that failed a moment ago.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	select {
	case c.opening <- struct{}{}:
		defer func() { <-c.opening }()
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", source.ErrUnavailable, ctx.Err())
	}
	if err := c.paused(); err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	conn, err := c.open(limited)
	if ctx.Err() != nil && err != nil {
		return nil, fmt.Errorf("%w: %w", source.ErrUnavailable, ctx.Err()) // no fault of the server's
	}
	return conn, c.tried(err)
}

func (c *connector) open(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	for _, statement := range session {
		if _, err := conn.(driver.ExecerContext).ExecContext(ctx, statement, nil); err != nil {
			return nil, errors.Join(fmt.Errorf("set the session up: %w", err), conn.Close())
		}
	}
	return conn, nil
}

// paused tells whether it is too early to try again.
func (c *connector) paused() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Now().Before(c.until) {
		return c.failed
	}
	return nil
}

// tried keeps how a try to connect ended. Its error is the server's or the
// network's about the connection: no record was read, so it is shown.
func (c *connector) tried(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil {
		c.pause, c.failed = 0, nil
		return nil
	}
	c.pause = min(max(2*c.pause, minPause), maxPause)
	c.until = time.Now().Add(c.pause)
	c.failed = fmt.Errorf("%w: %s", source.ErrUnavailable, strings.Join(strings.Fields(err.Error()), " "))
	return c.failed
}
