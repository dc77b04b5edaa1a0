// Package daemontest runs a server for tests: in a temporary folder, as an
// unprivileged user, and no longer than the test binary, however that ends.
package daemontest

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// StartTime is how long a server may take to answer.
const StartTime = 60 * time.Second

// ErrNone says that a server cannot be had here.
var ErrNone = errors.New("no such server can be had here")

// Server is a server's folder, its account and, while it runs, its process.
type Server struct {
	Dir    string              // of everything, the socket too
	owner  *syscall.Credential // nil for who runs the test
	parent io.Closer           // whose end is the server's
	done   chan struct{}
}

// Make makes the folder, whose name begins with prefix: a socket's path is
// short.
func (s *Server) Make(prefix string) (err error) {
	if s.Dir, err = os.MkdirTemp("", prefix); err != nil {
		return err
	}
	if os.Getuid() == 0 { // as whom no server starts
		if s.owner, err = nobody(); err != nil {
			return err
		}
		if err := s.Own(s.Dir); err != nil {
			return err
		}
	}
	return os.Chmod(s.Dir, 0o755)
}

func nobody() (*syscall.Credential, error) {
	account, err := user.Lookup("nobody")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNone, err)
	}
	uid, err := strconv.ParseUint(account.Uid, 10, 32)
	gid, other := strconv.ParseUint(account.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(err, other)
}

// Own gives a file to the server's account.
func (s *Server) Own(path string) error {
	if s.owner == nil {
		return nil
	}
	return os.Chown(path, int(s.owner.Uid), int(s.owner.Gid))
}

// Command is a program run as the server's account, in its folder.
func (s *Server) Command(path string, args ...string) *exec.Cmd {
	command := exec.Command(path, args...)
	command.Dir = s.Dir
	command.Env = []string{"LC_ALL=C.UTF-8", "PATH=" + os.Getenv("PATH")}
	command.SysProcAttr = &syscall.SysProcAttr{Credential: s.owner}
	return command
}

// script runs a program until its standard input ends, which it does with the
// test binary, and then sends it a signal.
const script = `exec 3<&0; signal=$1; shift; "$@" < /dev/null 3<&- & server=$!; { read end <&3; kill -$signal $server; } & wait $server`

// Run runs a program until [Server.Halt], which ends it with a signal, and waits
// until it answers.
func (s *Server) Run(signal string, answers func() error, path string, args ...string) error {
	command := s.Command("/bin/sh", append([]string{"-c", script, "sh", signal, path}, args...)...)
	parent, err := command.StdinPipe()
	if err != nil {
		return err
	}
	log, err := os.Create(s.log())
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
	return s.wait(answers)
}

func (s *Server) log() string { return filepath.Join(s.Dir, "log") }

// wait waits until the server answers, or is gone.
func (s *Server) wait(answers func() error) error {
	for deadline := time.Now().Add(StartTime); ; time.Sleep(20 * time.Millisecond) {
		err := answers()
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
		out, _ := os.ReadFile(s.log())
		return fmt.Errorf("the server does not answer: %w\n%s", err, out)
	}
}

// Halt ends the server, if it runs, and waits until it is gone.
func (s *Server) Halt() {
	if s.parent != nil {
		s.parent.Close()
		<-s.done
	}
}

// Remove ends the server, and removes what it had.
func (s *Server) Remove() {
	if s.Dir == "" {
		return
	}
	s.Halt()
	os.RemoveAll(s.Dir)
}
