// Package readmetest runs the commands of an example's README with the real
// programs, in a copy of the example, as who reads it would.
package readmetest

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// patience is how long something that was started may take.
const patience = 60 * time.Second

// Setup says what an example needs. The example is the folder of the test.
type Setup struct {
	Needs   []string // programs that the README asks for
	Builds  []string // packages of programs that it has run
	Files   []string // what is copied
	Replace []string // texts in README and files, and what is there instead, in turn
	Env     []string // variables
	Blocks  int      // how many blocks of commands the test knows
}

// Example is a copy of an example.
type Example struct {
	t      *testing.T
	Dir    string
	Blocks []string // the README's commands
	env    []string
}

// SetUp copies an example. Where a program is missing, the test is skipped with
// its name.
func SetUp(t *testing.T, s Setup) *Example {
	t.Helper()
	for _, program := range s.Needs {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s, which the README asks for, is not here", program)
		}
	}
	bin := t.TempDir()
	if out, err := exec.Command("go", append([]string{"build", "-o", bin}, s.Builds...)...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	e := &Example{t: t, Dir: t.TempDir()}
	e.env = append(append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH")), s.Env...)
	here := strings.NewReplacer(s.Replace...)
	for _, name := range s.Files {
		e.Write(name, here.Replace(e.original(name)))
	}
	for _, match := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(here.Replace(e.original("README.md")), -1) {
		e.Blocks = append(e.Blocks, match[1])
	}
	if len(e.Blocks) != s.Blocks {
		t.Fatalf("the README has other commands than this test knows: %q", e.Blocks)
	}
	return e
}

// FreePort returns a port that nothing listens at.
func FreePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// With is e in a subtest.
func (e *Example) With(t *testing.T) *Example {
	inner := *e
	inner.t = t
	return &inner
}

func (e *Example) original(name string) string {
	e.t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		e.t.Fatal(err)
	}
	return string(data)
}

// Read returns a file of the copy.
func (e *Example) Read(name string) string {
	e.t.Helper()
	return e.original(filepath.Join(e.Dir, name))
}

// Write writes a file of the copy.
func (e *Example) Write(name, text string) {
	e.t.Helper()
	if err := os.WriteFile(filepath.Join(e.Dir, name), []byte(text), 0o600); err != nil {
		e.t.Fatal(err)
	}
}

// Shell is a shell that runs commands in the copy.
func (e *Example) Shell(script string) *exec.Cmd {
	shell := exec.Command("sh", "-e", "-c", script)
	shell.Dir, shell.Env = e.Dir, e.env
	return shell
}

// Run runs commands, wants them to end with a code, and returns what they say.
func (e *Example) Run(want int, script string) string {
	e.t.Helper()
	shell := e.Shell(script)
	out, err := shell.CombinedOutput()
	if got := shell.ProcessState.ExitCode(); got != want {
		e.t.Fatalf("%s\nends with %d, %v:\n%s", script, got, err, out)
	}
	return string(out)
}

// Says wants each text to be in what a program said.
func (e *Example) Says(said string, texts ...string) {
	e.t.Helper()
	for _, text := range texts {
		if !strings.Contains(said, text) {
			e.t.Errorf("it does not say %q:\n%s", text, said)
		}
	}
}

// Hides wants no text to be in what a program said.
func (e *Example) Hides(said string, texts ...string) {
	e.t.Helper()
	for _, text := range texts {
		if strings.Contains(said, text) {
			e.t.Errorf("it says %q:\n%s", text, said)
		}
	}
}

// Serve serves an issuer until the test ends, and waits for it.
func (e *Example) Serve(script string) {
	e.t.Helper()
	var log bytes.Buffer
	issuer := e.Shell("exec " + script)
	issuer.Stdout, issuer.Stderr = &log, &log
	e.t.Cleanup(func() { // after it was stopped
		if e.t.Failed() {
			e.t.Logf("the issuer said:\n%s", &log)
		}
	})
	e.Start(issuer)
	e.Until("the issuer is not served", func() bool {
		_, err := os.Stat(filepath.Join(e.Dir, "work/state/operator.sock"))
		return err == nil
	})
}

// Start starts a program, which stop or the end of the test stops.
func (e *Example) Start(program *exec.Cmd) (stop func()) {
	e.t.Helper()
	if err := program.Start(); err != nil {
		e.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = program.Wait() // it is stopped
	}()
	stop = func() {
		_ = program.Process.Signal(os.Interrupt) // it may be stopped already
		kill := time.AfterFunc(10*time.Second, func() { _ = program.Process.Kill() })
		defer kill.Stop()
		<-ended
	}
	e.t.Cleanup(stop)
	return stop
}

// Until waits until something is done.
func (e *Example) Until(otherwise string, done func() bool) {
	e.t.Helper()
	for deadline := time.Now().Add(patience); !done(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			e.t.Fatal(otherwise)
		}
	}
}
