// Package postgrestest starts a real PostgreSQL server for tests: in a temporary
// folder, as an unprivileged user, on a Unix socket.
//
// A test binary declares one [Server], and has TestMain stop it. The first test
// that asks for it starts it; where no server can be had, the test is skipped
// with the reason. The server ends with the test binary, however that ends.
package postgrestest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// Admin is the account that may do everything. It needs no password; every
// other account does.
const Admin = "admin"

// startTime is how long a server may take to answer.
const startTime = 60 * time.Second

// Server is a PostgreSQL server.
type Server struct {
	once   sync.Once
	err    error
	dir    string // of everything, the socket too
	bin    string
	owner  *syscall.Credential // nil for who runs the test
	parent io.Closer           // whose end is the server's
	done   chan struct{}
}

// Start starts the server unless it was, and returns the folder of its socket.
func (s *Server) Start(t testing.TB) string {
	t.Helper()
	s.once.Do(func() { s.err = s.make() })
	if errors.Is(s.err, errNone) {
		t.Skipf("%v: install Debian's package postgresql", s.err)
	}
	if s.err != nil {
		t.Fatal(s.err)
	}
	return s.dir
}

// Stop ends the server, if it runs, and removes what it had.
func (s *Server) Stop() {
	if s.dir == "" {
		return
	}
	s.Halt()
	os.RemoveAll(s.dir)
}

var errNone = errors.New("there is no PostgreSQL server here")

func (s *Server) make() (err error) {
	if s.bin, err = binaries(); err != nil {
		return err
	}
	if s.dir, err = os.MkdirTemp("", "pg"); err != nil {
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
	initdb := s.command("initdb", "--pgdata", s.data(), "--username", Admin, "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync", "--auth", "trust")
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	access := "local all " + Admin + " trust\nlocal all all scram-sha-256\n"
	if err := os.WriteFile(filepath.Join(s.data(), "pg_hba.conf"), []byte(access), 0o600); err != nil {
		return err
	}
	if s.owner != nil {
		if err := os.Chown(filepath.Join(s.data(), "pg_hba.conf"), int(s.owner.Uid), int(s.owner.Gid)); err != nil {
			return err
		}
	}
	return s.run()
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// binaries returns the folder of the programs of the newest server there is.
func binaries() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	slices.SortFunc(found, func(a, b string) int { return version(a) - version(b) })
	if len(found) > 0 {
		return filepath.Dir(found[len(found)-1]), nil
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return "", errNone
	}
	return filepath.Dir(path), nil
}

func version(path string) int {
	n, _ := strconv.Atoi(strings.Split(path, "/")[4])
	return n
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

func (s *Server) command(name string, args ...string) *exec.Cmd {
	command := exec.Command(filepath.Join(s.bin, name), args...)
	command.Dir = s.dir
	command.Env = []string{"LC_ALL=C.UTF-8", "PATH=" + os.Getenv("PATH")}
	command.SysProcAttr = &syscall.SysProcAttr{Credential: s.owner}
	return command
}

// script runs the server until its standard input ends, which it does with the
// test binary, and then has it stop at once.
const script = `exec 3<&0; "$0" "$@" < /dev/null 3<&- & server=$!; { read end <&3; kill -QUIT $server; } & wait $server`

func (s *Server) run() error {
	server := []string{
		"-D", s.data(), "-k", s.dir, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "autovacuum=off",
		"-c", "max_connections=60", "-c", "shared_buffers=32MB", "-c", "log_min_messages=panic", "-c", "password_encryption=scram-sha-256",
	}
	command := s.command("initdb") // for its account and folder
	command.Path = "/bin/sh"
	command.Args = append([]string{"sh", "-c", script, filepath.Join(s.bin, "postgres")}, server...)
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
		_, err := s.Query(context.Background(), "postgres", "SELECT 1")
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

// Halt stops the server at once, and waits until it is gone.
func (s *Server) Halt() {
	if s.parent != nil {
		s.parent.Close()
		<-s.done
	}
}

// Kill ends the server as kill -9 does.
func (s *Server) Kill(t testing.TB) {
	t.Helper()
	file, err := os.ReadFile(filepath.Join(s.data(), "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(file), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil {
		t.Fatal(err)
	}
	children := childrenOf(pid)
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for _, child := range children { // they would go on until they notice
		_ = syscall.Kill(child, syscall.SIGKILL) // unless it has ended by itself
	}
	s.Halt()
}

// childrenOf returns the processes that pid has started, where the system tells.
func childrenOf(pid int) (children []int) {
	listed, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	for _, field := range strings.Fields(string(listed)) {
		if child, err := strconv.Atoi(field); err == nil {
			children = append(children, child)
		}
	}
	return children
}

// Restart runs the server again after [Server.Halt] or [Server.Kill]. What a
// killed server leaves has to notice first that it is alone.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	for deadline := time.Now().Add(startTime); ; time.Sleep(50 * time.Millisecond) {
		err := s.run()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// Address is a connection string for an account in a database.
func (s *Server) Address(database, account string) string {
	return fmt.Sprintf("host=%s dbname='%s' user='%s'", s.dir, escape(database), escape(account))
}

func escape(name string) string {
	return strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(name)
}

// Query runs statements as the administrator, one after the other, and returns
// the first column of what the last of them selects.
func (s *Server) Query(ctx context.Context, database string, statements ...string) (values []string, err error) {
	conn, err := pgconn.Connect(ctx, s.Address(database, Admin))
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	for _, each := range statements {
		results, err := conn.Exec(ctx, each).ReadAll()
		if err != nil {
			return nil, fmt.Errorf("%.400s: %w", each, err)
		}
		values = nil
		for _, row := range results[len(results)-1].Rows {
			values = append(values, string(row[0]))
		}
	}
	return values, nil
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
	quoted := `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
	s.Exec(t, "postgres", "CREATE DATABASE "+quoted)
	t.Cleanup(func() { s.Exec(t, "postgres", "DROP DATABASE "+quoted+" WITH (FORCE)") })
}
