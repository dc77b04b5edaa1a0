package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/issuerhttp"
	"github.com/chancery-vc/chancery/issuer/store"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// program is chancery serve as a process of its own.
type program struct {
	*testing.T
	config, text string // the file, and what it had at first
	url          string // where it is served
	command      *exec.Cmd
	mu           sync.Mutex
	said         bytes.Buffer
}

// Write keeps what the program says.
func (p *program) Write(data []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.said.Write(data)
}

func (p *program) count(text string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Count(p.said.String(), text)
}

// eventually waits until something holds.
func (p *program) eventually(what string, holds func() bool) {
	p.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if holds() {
			return
		}
	}
	p.Fatalf("waited in vain for %s: %s", what, p.said.String())
}

// served starts the program over a register of its own.
func served(t *testing.T) *program {
	t.Helper()
	p := prepared(t)
	p.start()
	return p
}

// prepared is the program before its start.
func prepared(t *testing.T) *program {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	listen := free.Addr().String()
	must(t, free.Close())
	folder := t.TempDir()
	if code, _, errors := call(t.Context(), "init", folder, "--url", "https://registry.example", "--listen", listen); code != exitDone {
		t.Fatal(errors)
	}
	must(t, civil.Write(t.Context(), filepath.Join(folder, "births.db"), 3, 1))
	p := &program{T: t, config: filepath.Join(folder, configFile), url: "http://" + listen}
	data, err := os.ReadFile(p.config)
	must(t, err)
	p.text = string(data)
	return p
}

// start starts the program with these flags too.
func (p *program) start(flags ...string) {
	p.Helper()
	p.command = exec.Command(os.Args[0])
	p.command.Args = append([]string{"chancery", "serve", "--config", p.config, "--no-tls-on-loopback"}, flags...)
	p.command.Stderr = p
	must(p.T, p.command.Start())
	p.Cleanup(func() { _ = p.command.Process.Kill() })
	p.eventually("the start", func() bool { return p.name() != "" })
}

// edit changes the configuration from what it was at first, and tells the
// program.
func (p *program) edit(old, text string) {
	p.Helper()
	p.write(old, text)
	must(p.T, p.command.Process.Signal(syscall.SIGHUP))
}

// write changes the configuration from what it was at first.
func (p *program) write(old, text string) {
	p.Helper()
	edited := strings.Replace(p.text, old, text, 1)
	if edited == p.text {
		p.Fatalf("the configuration does not have %q", old)
	}
	must(p.T, os.WriteFile(p.config, []byte(edited), 0o600))
}

// name returns the name that the program has for its credential; "" if it does
// not answer.
func (p *program) name() string {
	response, err := http.Get(p.url + "/.well-known/openid-credential-issuer")
	if err != nil {
		return ""
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		return ""
	}
	_, rest, _ := strings.Cut(string(body), `"name":"`)
	name, _, _ := strings.Cut(rest, `"`)
	return name
}

// stop ends the program as an operator does, and returns its log.
func (p *program) stop() []logproof.Record {
	p.Helper()
	must(p.T, p.command.Process.Signal(syscall.SIGTERM))
	if err := p.command.Wait(); err != nil {
		p.Fatalf("it did not end as it should: %v %s", err, p.said.String())
	}
	s, err := store.OpenReadOnly(filepath.Join(filepath.Dir(p.config), "state", issuer.StateFile))
	must(p.T, err)
	defer s.Close()
	return issuertest.Log(p.T, s)
}

const (
	firstName     = "name: Birth registration"
	unchangedSaid = "the configuration was not changed"
	changedSaid   = "the configuration was changed"
)

// TestChangeRefused: what cannot be used, in the file, in the register or while
// the issuer is served, leaves the former configuration in force.
func TestChangeRefused(t *testing.T) {
	p := served(t)
	before, n := p.name(), 0
	for _, c := range []struct{ old, text, said string }{
		{"signing_key:", "nonsense: true\nsigning_key:", "nonsense"},
		{"table: births", "table: deaths", "deaths"},
		{"state: state", "state: elsewhere", "state: this cannot change while the issuer is served"},
		{"url: https://registry.example", "url: https://other.example", "url, issuer: this cannot change"},
		{"signing_key: signing.key", "signing_key: gone.key", "gone.key"},
	} {
		p.edit(c.old, c.text)
		n++
		p.eventually("the refusal of "+c.text, func() bool { return p.count(unchangedSaid) == n })
		if p.count(c.said) == 0 || p.name() != before {
			t.Errorf("%s: it is served as %s: %s", c.text, p.name(), p.said.String())
		}
	}
	configurations := 0
	for _, r := range p.stop() {
		if r.Kind == logproof.Configuration {
			configurations++
		}
	}
	if configurations != 1 || p.count(changedSaid) != 0 {
		t.Errorf("the log has %d configurations", configurations)
	}
}

// TestKeyOfAnother: a key that the state does not have is found when the state
// is opened with it. The former configuration is taken up again.
func TestKeyOfAnother(t *testing.T) {
	p := served(t)
	other := t.TempDir()
	if code, _, errors := call(t.Context(), "init", other, "--url", "https://registry.example"); code != exitDone {
		t.Fatal(errors)
	}
	p.edit("signing_key: signing.key", "signing_key: "+filepath.Join(other, "signing.key"))
	p.eventually("the refusal", func() bool { return p.count(unchangedSaid) == 1 })
	if p.name() == "" || p.count("belongs to another issuer") == 0 {
		t.Errorf("it is served as %q: %s", p.name(), p.said.String())
	}
	p.stop()
}

// TestChangedUnderLoad: while configurations change one after the other, each
// request is answered, each under one of them, and each offer is in the log.
func TestChangedUnderLoad(t *testing.T) {
	p := served(t)
	client, err := issuerhttp.Dial(filepath.Join(filepath.Dir(p.config), "state", "operator.sock"))
	must(t, err)
	names := map[string]bool{"Birth registration": true}
	var done atomic.Bool
	var offers, asked atomic.Int64
	var load sync.WaitGroup
	seen := make(chan string, 1<<16)
	for range 4 {
		load.Go(func() {
			for !done.Load() {
				seen <- p.name()
				asked.Add(1)
			}
		})
		load.Go(func() {
			for !done.Load() {
				if _, err := client.Offer(t.Context(), "birth", civil.KnownNumber); err != nil {
					t.Errorf("an offer was lost: %v", err)
					return
				}
				offers.Add(1)
			}
		})
	}
	for n := range 3 {
		name := fmt.Sprint("Birth ", n)
		names[name] = true
		before := asked.Load()
		p.edit(firstName, "name: "+name)
		must(t, p.command.Process.Signal(syscall.SIGHUP)) // twice quickly is once, or twice the same
		p.eventually(name, func() bool { return p.name() == name && asked.Load() > before+10 })
	}
	done.Store(true)
	load.Wait()
	close(seen)
	for name := range seen {
		if !names[name] {
			t.Fatalf("a request was lost, or answered with %q: %s", name, p.said.String())
		}
	}
	if p.count(unchangedSaid) != 0 {
		t.Errorf("a change was refused: %s", p.said.String())
	}
	var granted, configurations int
	for _, r := range p.stop() {
		switch r.Kind {
		case logproof.Grant:
			granted++
		case logproof.Configuration:
			configurations++
		case logproof.Abandoned:
			t.Errorf("a question was given up: %+v", r)
		}
	}
	if int64(granted) != offers.Load() || configurations != 4 {
		t.Errorf("%d offers were made, and %d are in the log; configurations: %d", offers.Load(), granted, configurations)
	}
}

// TestStopUnderLoad: whatever was answered before the end is in the log, and
// nothing that was begun is left open.
func TestStopUnderLoad(t *testing.T) {
	p := served(t)
	client, err := issuerhttp.Dial(filepath.Join(filepath.Dir(p.config), "state", "operator.sock"))
	must(t, err)
	var offers atomic.Int64
	var load sync.WaitGroup
	for range 8 {
		load.Go(func() {
			for {
				if _, err := client.Offer(t.Context(), "birth", civil.KnownNumber); err != nil {
					return // it is stopped
				}
				offers.Add(1)
			}
		})
	}
	p.eventually("some offers", func() bool { return offers.Load() > 20 })
	records := p.stop()
	load.Wait()
	granted := 0
	for _, r := range records {
		if r.Kind == logproof.Grant {
			granted++
		}
	}
	if int64(granted) < offers.Load() || int64(granted) > offers.Load()+8 {
		t.Errorf("%d offers were answered, and %d are in the log", offers.Load(), granted)
	}
	if p.count(`"level":"ERROR"`) != 0 {
		t.Errorf("it did not end in order: %s", p.said.String())
	}
}
