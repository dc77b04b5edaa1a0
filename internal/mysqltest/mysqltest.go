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
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
)

// Admin is the account that may do everything. It needs no password; every
// other account does.
const Admin = "root"

// startTime is how long a server may take to answer.
const startTime = 60 * time.Second

// Server is a MariaDB server.
type Server struct {
	once   sync.Once
	err    error
	dir    string // of everything, the socket too
	bin    string
	owner  *syscall.Credential // nil for who runs the test
	parent io.Closer           // whose end is the server's
	done   chan struct{}
}

// Start starts the server unless it was.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	s.once.Do(func() { s.err = s.make() })
	if errors.Is(s.err, errNone) {
		t.Skipf("%v: install Debian's package mariadb-server", s.err)
	}
	if s.err != nil {
		t.Fatal(s.err)
	}
}

// Stop ends the server, if it runs, and removes what it had.
func (s *Server) Stop() {
	if s.dir == "" {
		return
	}
	s.Halt()
	os.RemoveAll(s.dir)
}

var errNone = errors.New("there is no MariaDB server here")

func (s *Server) make() (err error) {
	if s.bin, err = binary("mariadbd"); err != nil {
		return err
	}
	install, err := binary("mariadb-install-db")
	if err != nil {
		return err
	}
	if s.dir, err = os.MkdirTemp("", "maria"); err != nil {
		return err
	}
	if os.Getuid() == 0 { // as whom no server starts
		if s.owner, err = nobody(); err != nil {
			return err
		}
		if err := os.Chown(s.dir, int(s.owner.Uid), int(s.owner.Gid)); err != nil {
			return err
		}
	}
	if err := os.Chmod(s.dir, 0o755); err != nil {
		return err
	}
	command := s.command(install, "--no-defaults", "--datadir="+s.data(), "--auth-root-authentication-method=normal", "--skip-name-resolve")
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("mariadb-install-db: %w\n%s", err, out)
	}
	if err := s.certify(); err != nil {
		return err
	}
	return s.run()
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// Socket is the path of the server's socket.
func (s *Server) Socket() string { return filepath.Join(s.dir, "socket") }

// binary returns the path of a program of the server's.
func binary(name string) (string, error) {
	for _, path := range []string{name, "/usr/sbin/" + name, "/usr/local/sbin/" + name} {
		if found, err := exec.LookPath(path); err == nil {
			return found, nil
		}
	}
	return "", errNone
}

func nobody() (*syscall.Credential, error) {
	account, err := user.Lookup("nobody")
	if err != nil {
		return nil, fmt.Errorf("%w that may run: %w", errNone, err)
	}
	uid, err := strconv.ParseUint(account.Uid, 10, 32)
	gid, other := strconv.ParseUint(account.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(err, other)
}

func (s *Server) command(path string, args ...string) *exec.Cmd {
	command := exec.Command(path, args...)
	command.Dir = s.dir
	command.Env = []string{"LC_ALL=C.UTF-8", "PATH=" + os.Getenv("PATH")}
	command.SysProcAttr = &syscall.SysProcAttr{Credential: s.owner}
	return command
}

// script runs the server until its standard input ends, which it does with the
// test binary, and then ends it at once: nothing of it is kept.
const script = `exec 3<&0; "$0" "$@" < /dev/null 3<&- & server=$!; echo $server > pid; { read end <&3; kill -KILL $server; } & wait $server`

func (s *Server) run() error {
	command := s.command(
		"/bin/sh", "-c", script, s.bin, "--no-defaults", "--datadir="+s.data(), "--socket="+s.Socket(), "--skip-networking",
		"--pid-file="+filepath.Join(s.dir, "server.pid"), "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=16M", "--innodb-flush-log-at-trx-commit=2",
		"--innodb-doublewrite=0", "--ssl-cert="+s.Authority(), "--ssl-key="+s.keyFile(), "--max-allowed-packet=64M", "--max-connections=60",
	)
	parent, err := command.StdinPipe()
	if err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(s.dir, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	command.Stdout, command.Stderr = log, log
	if err := command.Start(); err != nil {
		return fmt.Errorf("start the server: %w", err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = command.Wait() // it is killed
	}()
	s.parent, s.done = parent, done
	return s.wait()
}

// wait waits until the server answers, or is gone.
func (s *Server) wait() error {
	for deadline := time.Now().Add(startTime); ; time.Sleep(20 * time.Millisecond) {
		_, err := s.Query(context.Background(), "", "SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case <-s.done:
		default:
			if time.Now().Before(deadline) {
				continue
			}
		}
		out, _ := os.ReadFile(filepath.Join(s.dir, "log"))
		return fmt.Errorf("the server does not answer: %w\n%s", err, out)
	}
}

// Halt ends the server at once, as kill -9 does, and waits until it is gone.
func (s *Server) Halt() {
	if s.parent != nil {
		s.parent.Close()
		<-s.done
	}
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
