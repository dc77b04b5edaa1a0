// Package mysqltest starts a real MariaDB server for tests: in a temporary
// folder, as an unprivileged user, on a Unix socket.
//
// A test binary declares one [Server], and has TestMain stop it. The first test
// that asks for it starts it; where no server can be had, the test is skipped
// with the reason. The server ends with the test binary, however that ends. It
// is as MariaDB's own installation makes it, the database test included, which
// everyone may write.
package mysqltest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/chancery-vc/chancery/internal/daemontest"
)

// Admin is the account that may do everything. It needs no password; every
// other account does.
const Admin = "root"

// Server is a MariaDB server.
type Server struct {
	daemontest.Server
	once sync.Once
	err  error
	bin  string
}

// Start starts the server unless it was.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	s.once.Do(func() { s.err = s.make() })
	if errors.Is(s.err, daemontest.ErrNone) {
		t.Skipf("%v: install Debian's package mariadb-server", s.err)
	}
	if s.err != nil {
		t.Fatal(s.err)
	}
}

// Stop ends the server, if it runs, and removes what it had.
func (s *Server) Stop() { s.Remove() }

func (s *Server) make() (err error) {
	if s.bin, err = binary("mariadbd"); err != nil {
		return err
	}
	install, err := binary("mariadb-install-db")
	if err != nil {
		return err
	}
	if err := s.Make("maria"); err != nil {
		return err
	}
	command := s.Command(install, "--no-defaults", "--datadir="+s.data(), "--auth-root-authentication-method=normal", "--skip-name-resolve")
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("mariadb-install-db: %w\n%s", err, out)
	}
	if err := s.certify(); err != nil {
		return err
	}
	return s.run()
}

func (s *Server) data() string { return filepath.Join(s.Dir, "data") }

// Socket is the path of the server's socket.
func (s *Server) Socket() string { return filepath.Join(s.Dir, "socket") }

// binary returns the path of a program of the server's.
func binary(name string) (string, error) {
	for _, path := range []string{name, "/usr/sbin/" + name, "/usr/local/sbin/" + name} {
		if found, err := exec.LookPath(path); err == nil {
			return found, nil
		}
	}
	return "", daemontest.ErrNone
}

// run runs the server. Nothing of it is kept: it may end at once.
func (s *Server) run() error {
	return s.Run("KILL", func() error {
		_, err := s.Query(context.Background(), "", "SELECT 1")
		return err
	}, s.bin, "--no-defaults", "--datadir="+s.data(), "--socket="+s.Socket(), "--skip-networking",
		"--pid-file="+filepath.Join(s.Dir, "server.pid"), "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=16M", "--innodb-flush-log-at-trx-commit=2",
		"--innodb-doublewrite=0", "--ssl-cert="+s.Authority(), "--ssl-key="+s.keyFile(), "--max-allowed-packet=64M", "--max-connections=60")
}

// Restart runs the server again after [Server.Halt].
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	if err := s.run(); err != nil {
		t.Fatal(err)
	}
}

// Query runs statements as the administrator in a database, one after the
// other, and returns the first column of what the last of them selects.
func (s *Server) Query(ctx context.Context, database string, statements ...string) ([]string, error) {
	return s.As(ctx, Admin, "", database, statements...)
}

// As does what [Server.Query] does, as another account.
func (s *Server) As(ctx context.Context, account, password, database string, statements ...string) (values []string, err error) {
	config := mysql.NewConfig()
	config.User, config.Passwd, config.Net, config.Addr, config.DBName = account, password, "unix", s.Socket(), database
	config.MultiStatements, config.Logger = true, &mysql.NopLogger{}
	if err := config.Apply(mysql.Charset("utf8mb4", "")); err != nil {
		return nil, err
	}
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	for _, each := range statements {
		if values, err = query(ctx, conn, each); err != nil {
			return nil, fmt.Errorf("%.400s: %w", each, err)
		}
	}
	return values, nil
}

// query runs text, which may be of many statements.
func query(ctx context.Context, conn *sql.Conn, text string) (values []string, err error) {
	rows, err := conn.QueryContext(ctx, text)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for more := true; more; more = rows.NextResultSet() {
		values = nil
		columns, err := rows.Columns()
		if err != nil {
			return nil, err
		}
		cells := make([]any, len(columns))
		for i := range cells {
			cells[i] = new(sql.NullString)
		}
		for rows.Next() {
			if err := rows.Scan(cells...); err != nil {
				return nil, err
			}
			values = append(values, cells[0].(*sql.NullString).String)
		}
	}
	return values, rows.Err()
}

// Exec does what [Server.Query] does, and fails the test if that fails.
func (s *Server) Exec(t testing.TB, database string, statements ...string) []string {
	t.Helper()
	values, err := s.Query(context.Background(), database, statements...)
	if err != nil {
		t.Fatal(err)
	}
	return values
}

// Database makes a database, and removes it when the test ends.
func (s *Server) Database(t testing.TB, name string) {
	t.Helper()
	s.Start(t)
	quoted := "`" + strings.ReplaceAll(name, "`", "``") + "`"
	s.Exec(t, "", "CREATE DATABASE "+quoted+" CHARACTER SET utf8mb4")
	t.Cleanup(func() { s.Exec(t, "", "DROP DATABASE IF EXISTS "+quoted) })
}
