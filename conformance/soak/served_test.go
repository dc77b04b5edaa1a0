package soak

import (
	"bufio"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// served is a program that serves, and that is ended and started again.
type served struct {
	programs
	args   []string
	health *health

	mu      sync.Mutex
	command *exec.Cmd
	address string        // "" while it is not served
	ended   chan struct{} // closed when it has
	starts  int
}

var servedOn = regexp.MustCompile(`is served on (\S+)`)

// startTries is how often a start is tried while the state belongs to a command
// of the operator's, which took the place of the service while that was away.
const startTries = 100

// start returns when it is served.
func (p *served) start() (err error) {
	for range startTries {
		if err = p.try(); err == nil || !strings.Contains(err.Error(), "another process has") {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
	return err
}

func (p *served) try() error {
	c := p.programs.command(p.args...)
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	said := &program{health: p.health}
	c.Stderr = said
	if err := c.Start(); err != nil {
		return err
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	on := servedOn.FindStringSubmatch(line)
	if on == nil {
		_ = c.Wait() // what it said has the reason
		return fmt.Errorf("chancery %s does not start: %s", p.args[0], said.last())
	}
	ended := make(chan struct{})
	p.mu.Lock()
	defer p.mu.Unlock()
	p.command, p.address, p.ended = c, on[1], ended
	p.starts++
	go func() {
		_ = c.Wait() // how it ended is looked at by who ended it
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.command == c {
			p.address = ""
		}
		close(ended)
	}()
	return nil
}

// at returns where it is served, and its process; "" if it is not.
func (p *served) at() (address string, pid, starts int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.address == "" {
		return "", 0, p.starts
	}
	return p.address, p.command.Process.Pid, p.starts
}

// kill ends it as kill -9 does.
func (p *served) kill() { p.end(syscall.SIGKILL) }

// stop ends it as an operator does.
func (p *served) stop(t *testing.T) {
	if state := p.end(syscall.SIGTERM); state != "exit status 0" {
		t.Errorf("chancery %s was stopped, and ended with %s", p.args[0], state)
	}
}

// end returns how it ended.
func (p *served) end(signal syscall.Signal) string {
	p.mu.Lock()
	c, ended := p.command, p.ended
	p.mu.Unlock()
	if c == nil {
		return "never started"
	}
	_ = c.Process.Signal(signal) // unless it has ended
	<-ended
	return c.ProcessState.String()
}

// signal sends a signal.
func (p *served) signal(t *testing.T, s syscall.Signal) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.command.Process.Signal(s); err != nil {
		t.Error(err)
	}
}

// within tells whether it ends by itself in so long.
func (p *served) within(d time.Duration) bool {
	p.mu.Lock()
	ended := p.ended
	p.mu.Unlock()
	select {
	case <-ended:
		return true
	case <-time.After(d):
		return false
	}
}
