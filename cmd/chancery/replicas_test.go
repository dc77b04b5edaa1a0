package main

import (
	"bufio"
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/internal/postgrestest"
	"github.com/chancery-vc/chancery/issuer/access/accesstest"
)

// envReplicas is how long TestReplicas lasts, such as 10m.
const envReplicas = "CHANCERY_TEST_REPLICAS"

// TestReplicas: three replicas, which are programs of their own with a state of
// their own, share one PostgreSQL server, and are behind a balancer. While
// wallets take offers, replicas are killed, cut off from the server, left
// without an answer from it, and started again; the server is killed, too. No
// offer gives two credentials; each credential that a wallet has is in the log of
// exactly one replica. Meanwhile callers ask, with each proof at two replicas at
// once: none is good twice, and all replicas together keep to one budget and to
// one rate. And an officer revokes, at whichever replica: the one that issued
// does, however often it was killed.
func TestReplicas(t *testing.T) {
	lasts := 5 * time.Second
	if text := os.Getenv(envReplicas); text != "" {
		var err error
		if lasts, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	c := newCluster(t, "a", "b", "c")
	l := newLoad(t, c)
	o := &officer{load: l, ordered: map[string]string{}}
	askers := newAskers(l, c.login)
	done := make(chan struct{})
	var faults sync.WaitGroup
	faults.Go(func() { c.trouble(t, done) })
	begun := time.Now()
	l.run(lasts, o.one, askers[0].one, askers[0].one, askers[1].one, askers[1].one)
	close(done)
	faults.Wait()
	for _, rest := range []func(){askers[0].rest, askers[1].rest, o.rest} {
		rest()
	}
	c.settle(t)
	for _, r := range c.replicas {
		r.stop(t)
	}
	logs := c.judge(t, l)
	o.judge(t, logs)
	judgeAskers(t, slices.Concat(slices.Collect(maps.Values(logs))...), askers, time.Since(begun))
	t.Logf("%v; of %d offers %d gave a credential, %d were lost to a fault; %d requests were told to wait", c.faults, l.offered, len(l.received), l.lost, l.waits)
}

// cluster are replicas, and what they share.
type cluster struct {
	dir      string
	database string
	login    accesstest.Server
	replicas []*replica
	balancer *httptest.Server
	faults   map[string]int // how often what was done to them

	mu   sync.Mutex
	turn int
}

// replica is one program.
type replica struct {
	name, config string
	proxy        *postgrestest.Proxy

	mu      sync.Mutex
	command *exec.Cmd
	address *url.URL // nil while it is not served
	said    *bytes.Buffer
}

const registerRows = 20_000

// newCluster starts replicas, as an operator does: each is told which key it has
// to have from the first one.
func newCluster(t *testing.T, names ...string) *cluster {
	t.Helper()
	c := &cluster{dir: issuertest.Folder(t, registerRows, func(text string) string { return text + withAskers }), database: "replicas", faults: map[string]int{}}
	c.login = newLogin(t, c.dir)
	server.Start(t)
	server.Exec(t, "postgres", "CREATE ROLE replica LOGIN PASSWORD 's3cret'")
	t.Cleanup(func() { server.Exec(t, "postgres", "DROP ROLE replica") }) // after what it has rights in
	server.Database(t, c.database)
	must(t, os.WriteFile(filepath.Join(c.dir, "replica.password"), []byte("s3cret\n"), 0o600))
	for _, name := range names {
		c.replicas = append(c.replicas, c.configure(t, name))
	}
	if code, out, errors := call(t.Context(), "state", "init", "--config", c.replicas[0].config, "--dsn", server.Address(c.database, postgrestest.Admin)); code != exitDone {
		t.Fatalf("state init: %s%s", out, errors)
	}
	first := c.replicas[0]
	must(t, first.start())
	for _, r := range c.replicas[1:] {
		if err := r.start(); err == nil || !strings.Contains(err.Error(), "copy pairwise.key") {
			t.Fatalf("without the key of the first one: %v", err)
		}
		for _, name := range []string{"pairwise.key", "pseudonym.key"} { // the second is for the test, to compare the logs
			data, err := os.ReadFile(filepath.Join(first.state(), name))
			must(t, err)
			must(t, os.WriteFile(filepath.Join(r.state(), name), data, 0o600))
		}
		must(t, r.start())
	}
	c.balancer = httptest.NewServer(&httputil.ReverseProxy{Rewrite: c.choose, ErrorLog: discard, Transport: &http.Transport{DisableKeepAlives: true}})
	t.Cleanup(c.balancer.Close)
	return c
}

func (c *cluster) configure(t *testing.T, name string) *replica {
	t.Helper()
	r := &replica{name: name, config: filepath.Join(c.dir, name+".yaml"), proxy: postgrestest.NewProxy(t, &server)}
	text, err := os.ReadFile(filepath.Join(c.dir, issuertest.ConfigFile))
	must(t, err)
	own := strings.Replace(string(text), "\nstate: state\n", "\n", 1)
	own += fmt.Sprintf("\nreplica: %s\nshared_state:\n  dsn: %q\n  password_file: replica.password\n  schema: shared\n", name, r.proxy.Address(c.database, "replica"))
	must(t, os.WriteFile(r.config, []byte(own), 0o600))
	t.Cleanup(func() { r.kill() })
	return r
}

// choose sends a request to the next replica that is served.
func (c *cluster) choose(p *httputil.ProxyRequest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for range c.replicas {
		c.turn++
		r := c.replicas[c.turn%len(c.replicas)]
		r.mu.Lock()
		address := r.address
		r.mu.Unlock()
		if address != nil {
			p.SetURL(address)
			return
		}
	}
}

func (r *replica) state() string { return filepath.Join(filepath.Dir(r.config), "state-"+r.name) }

func (r *replica) socket() string { return filepath.Join(r.state(), "operator.sock") }

var servedOn = regexp.MustCompile(`is served on (\S+) as`)

// start returns when the replica is served, or has ended.
func (r *replica) start() error {
	command := exec.Command(os.Args[0])
	command.Args = []string{"chancery", "serve", "--config", r.config, "--no-tls-on-loopback"}
	out, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	said := &bytes.Buffer{}
	command.Stderr = said
	if err := command.Start(); err != nil {
		return err
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	on := servedOn.FindStringSubmatch(line)
	if on == nil {
		command.Wait()
		return fmt.Errorf("replica %s ends: %s", r.name, said)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.command, r.said, r.address = command, said, &url.URL{Scheme: "http", Host: on[1]}
	return nil
}

// kill ends it as kill -9 does.
func (r *replica) kill() {
	if command := r.running(); command != nil {
		command.Process.Kill()
		command.Wait()
	}
}

// stop ends it as an operator does.
func (r *replica) stop(t *testing.T) {
	t.Helper()
	command := r.running()
	if command == nil {
		t.Errorf("replica %s does not run", r.name)
		return
	}
	must(t, command.Process.Signal(syscall.SIGTERM))
	if err := command.Wait(); err != nil {
		t.Errorf("replica %s: %v\n%s", r.name, err, r.said)
	}
}

// running returns the program, of which nobody else knows from now on.
func (r *replica) running() *exec.Cmd {
	r.mu.Lock()
	defer r.mu.Unlock()
	command := r.command
	r.command, r.address = nil, nil
	return command
}

// trouble does something to some replica, again and again, and leaves all as they
// should be.
func (c *cluster) trouble(t *testing.T, done <-chan struct{}) {
	kinds := []string{"killed", "cut off", "left waiting", "killed", "server killed"}
	for n := 0; ; n++ {
		kind, r := kinds[n%len(kinds)], c.replicas[rand.N(len(c.replicas))]
		pause := time.After(rand.N(700 * time.Millisecond))
		select {
		case <-done:
			return
		case <-pause:
		}
		c.faults[kind]++
		switch kind {
		case "killed":
			r.kill()
			c.restart(t, r)
		case "cut off":
			r.proxy.Cut()
			time.Sleep(rand.N(400 * time.Millisecond))
			r.proxy.Pass()
		case "left waiting":
			r.proxy.Stall()
			time.Sleep(rand.N(1500 * time.Millisecond))
			r.proxy.Pass()
		case "server killed":
			server.Kill(t)
			server.Restart(t)
		}
	}
}

func (c *cluster) restart(t *testing.T, r *replica) {
	if err := r.start(); err != nil {
		t.Error(err)
	}
}
