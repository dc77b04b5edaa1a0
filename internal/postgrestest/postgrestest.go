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
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/chancery-vc/chancery/internal/daemontest"
)

// Admin is the account that may do everything. It needs no password; every
// other account does.
const Admin = "admin"

// Server is a PostgreSQL server.
type Server struct {
	daemontest.Server
	once sync.Once
	err  error
	bin  string // folder of its programs
}

// Start starts the server unless it was, and returns the folder of its socket.
func (s *Server) Start(t testing.TB) string {
	t.Helper()
	s.once.Do(func() { s.err = s.make() })
	if errors.Is(s.err, daemontest.ErrNone) {
		t.Skipf("%v: install Debian's package postgresql", s.err)
	}
	if s.err != nil {
		t.Fatal(s.err)
	}
	return s.Dir
}

// Stop ends the server, if it runs, and removes what it had.
func (s *Server) Stop() { s.Remove() }

func (s *Server) make() (err error) {
	if s.bin, err = binaries(); err != nil {
		return err
	}
	if err := s.Make("pg"); err != nil {
		return err
	}
	initdb := s.Command(
		filepath.Join(s.bin, "initdb"), "--pgdata", s.data(), "--username", Admin, "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync", "--auth", "trust",
	)
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	access := "local all " + Admin + " trust\nlocal all all scram-sha-256\n"
	file := filepath.Join(s.data(), "pg_hba.conf")
	if err := os.WriteFile(file, []byte(access), 0o600); err != nil {
		return err
	}
	if err := s.Own(file); err != nil {
		return err
	}
	return s.run()
}

func (s *Server) data() string { return filepath.Join(s.Dir, "data") }

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
		return "", daemontest.ErrNone
	}
	return filepath.Dir(path), nil
}

func version(path string) int {
	n, _ := strconv.Atoi(strings.Split(path, "/")[4])
	return n
}

func (s *Server) run() error {
	return s.Run("QUIT", func() error {
		_, err := s.Query(context.Background(), "postgres", "SELECT 1")
		return err
	}, filepath.Join(s.bin, "postgres"), "-D", s.data(), "-k", s.Dir, "-c", "listen_addresses=", "-c", "fsync=off", "-c", "autovacuum=off",
		"-c", "max_connections=60", "-c", "shared_buffers=32MB", "-c", "log_min_messages=panic", "-c", "password_encryption=scram-sha-256")
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
	for deadline := time.Now().Add(daemontest.StartTime); ; time.Sleep(50 * time.Millisecond) {
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
	return fmt.Sprintf("host=%s dbname='%s' user='%s'", s.Dir, escape(database), escape(account))
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
