package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/issuertest"
)

// office is a folder in which several programs work.
type office struct {
	*testing.T
	dir, config, out, sealed string
	records                  int
}

func newOffice(t *testing.T, records int) *office {
	dir := issuertest.Folder(t, records)
	return &office{t, dir, filepath.Join(dir, configFile), filepath.Join(dir, "out"), filepath.Join(dir, "sealed"), records}
}

// command is the program, in a process of its own, with the configuration.
func (o *office) command(args ...string) (c *exec.Cmd, said *bytes.Buffer) {
	c, said = exec.Command(os.Args[0]), &bytes.Buffer{}
	c.Args = append([]string{"chancery"}, args...)
	c.Args = append(c.Args, "--config", o.config)
	c.Stdout, c.Stderr, c.Dir = said, said, o.dir
	return c, said
}

func (o *office) issue() []string {
	return []string{"issue", "--profile", "birth", "--all", "--out", o.out}
}

// run returns how a program ended and what it said.
func (o *office) run(args ...string) (code int, said string) {
	o.Helper()
	c, out := o.command(args...)
	var exit *exec.ExitError
	if err := c.Run(); err != nil && !errors.As(err, &exit) {
		o.Fatal(err)
	}
	return c.ProcessState.ExitCode(), out.String()
}

// does wants a program to do its work, and to say so.
func (o *office) does(says string, args ...string) {
	o.Helper()
	if code, said := o.run(args...); code != exitDone || !strings.Contains(said, says) {
		o.Errorf("chancery %s: exit code %d, and not %q:\n%s", strings.Join(args, " "), code, says, said)
	}
}

// refused wants a program to leave alone what another one works on, in two
// lines at most that say why and what to do.
func (o *office) refused(args ...string) {
	o.Helper()
	code, said := o.run(args...)
	if code != exitFailed || strings.Count(said, "\n") > 2 || !isLocked(said) {
		o.Errorf("chancery %s: exit code %d:\n%s", strings.Join(args, " "), code, said)
	}
}

func isLocked(said string) bool {
	return strings.HasPrefix(said, "chancery: ") && strings.Contains(said, "another process has the issuer's state open") &&
		strings.Contains(said, "stop `chancery serve`")
}

// background starts a program, which ends with the test at the latest.
func (o *office) background(args ...string) (c *exec.Cmd, said *bytes.Buffer) {
	o.Helper()
	c, said = o.command(args...)
	must(o.T, c.Start())
	o.Cleanup(func() { c.Process.Kill() })
	return c, said
}

// until waits for something to be so.
func (o *office) until(what string, so func() bool) {
	o.Helper()
	for deadline := time.Now().Add(time.Minute); !so(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			o.Fatalf("waited in vain for %s", what)
		}
	}
}

// whole wants each record to have one credential, and log, index, lists and
// files to agree.
func (o *office) whole() {
	o.Helper()
	o.does(fmt.Sprintf("%d credentials in %s: 0 issued now", o.records, o.out), o.issue()...)
	verify, reconcile := []string{"log", "verify"}, []string{"log", "reconcile", "--credentials", o.out}
	if _, err := os.Stat(o.sealed); err == nil {
		verify, reconcile = append(verify, "--sealed", o.sealed), append(reconcile, "--sealed", o.sealed)
	}
	o.does("The chain is whole.", verify...)
	o.does("The tree is whole.", verify...)
	o.does("", reconcile...)
}

// TestBesideServed: while an issuer is served, nothing else opens its state,
// under whatever name; what can go through it does, and it serves on.
func TestBesideServed(t *testing.T) {
	o := newOffice(t, 200)
	o.does("200 credentials", o.issue()...)
	served, said := o.background("serve", "--no-tls-on-loopback")
	socket := filepath.Join(o.dir, "state", "operator.sock")
	o.until("the issuer", func() bool { _, err := os.Stat(socket); return err == nil })

	alias := filepath.Join(t.TempDir(), "alias")
	must(t, os.Symlink(o.dir, alias))
	other := *o
	other.config = filepath.Join(alias, configFile)
	for _, o := range []*office{o, &other} {
		o.refused("serve", "--no-tls-on-loopback")
		o.refused(o.issue()...)
		o.refused("log", "compact")
	}
	o.does("Records 0 to 255 are in", "log", "seal", "--size", "256", "--out", o.sealed)
	o.does("openid-credential-offer:", "offer", "--profile", "birth", "2019-000042")
	o.does("The tree is whole.", "log", "verify", "--sealed", o.sealed)
	must(t, served.Process.Signal(syscall.SIGTERM))
	if err := served.Wait(); err != nil || strings.Contains(said.String(), `"level":"ERROR"`) {
		t.Errorf("%v: %s", err, said)
	}
	o.whole()
}

// TestBesideIssue: the same while a batch is being issued, which nothing can go
// through. It is stopped for so long, and goes on.
func TestBesideIssue(t *testing.T) {
	o := newOffice(t, 500)
	issuing, said := o.background(o.issue()...)
	o.until("some credentials", func() bool { files, _ := os.ReadDir(o.out); return len(files) > 20 })
	must(t, issuing.Process.Signal(syscall.SIGSTOP))
	for _, args := range [][]string{
		o.issue(),
		{"serve", "--no-tls-on-loopback"},
		{"log", "seal", "--size", "256", "--out", o.sealed},
		{"log", "compact"},
		{"offer", "--profile", "birth", "2019-000042"},
		{"publish", filepath.Join(o.dir, "www")},
	} {
		o.refused(args...)
	}
	if code, said := o.run("log", "verify"); code != exitFailed || !strings.Contains(said, "another process has the issuer's state open") {
		t.Errorf("log verify: exit code %d: %s", code, said)
	}
	must(t, issuing.Process.Signal(syscall.SIGCONT))
	if err := issuing.Wait(); err != nil || !strings.Contains(said.String(), "500 credentials in ") {
		t.Errorf("%v: %s", err, said)
	}
	o.whole()
}

// TestAtOnce: of several that start at the same time, each does its work or is
// refused, and nothing is issued twice.
func TestAtOnce(t *testing.T) {
	o := newOffice(t, 200)
	var programs sync.WaitGroup
	codes := make([]int, 4)
	for n := range codes {
		programs.Go(func() {
			var said string
			if codes[n], said = o.run(o.issue()...); codes[n] != exitDone && !isLocked(said) {
				t.Errorf("exit code %d: %s", codes[n], said)
			}
		})
	}
	programs.Wait()
	if !slices.Contains(codes, exitDone) {
		t.Errorf("none did: %v", codes)
	}
	o.whole()
}
