// Package postgres_test runs the commands of the README with the real programs,
// against a real PostgreSQL server.
package postgres_test

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/postgrestest"
)

var server postgrestest.Server

func TestMain(m *testing.M) {
	code := m.Run()
	server.Stop()
	os.Exit(code)
}

// The README's blocks of commands, in their order.
const (
	makeRegister = iota
	makeTokens
	check
	mend
	serve
	handOver
	ofAge
	forAnother
	others
	notThere
	log
	scope
	widen
	blockCount
)

// place is a copy of the example, with the programs in reach.
type place struct {
	t      *testing.T
	dir    string
	env    []string
	blocks []string
}

// setUp copies the example, for a port of its own and for the test's server.
func setUp(t *testing.T) *place {
	t.Helper()
	for _, program := range []string{"psql", "createdb", "curl"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("%s, which the README asks for, is not here", program)
		}
	}
	socket, bin := server.Start(t), t.TempDir()
	out, err := exec.Command("go", "build", "-o", bin, "../../../cmd/chancery", "../../../cmd/chancery-verifier").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	p := &place{t: t, dir: t.TempDir()}
	p.env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"), "PGHOST="+socket, "PGUSER="+postgrestest.Admin)
	here := strings.NewReplacer("8445", freePort(t), "/run/postgresql", socket, "recheck: 1m", "recheck: 1s")
	for _, name := range []string{"schema.sql", "account.sql", "chancery.yaml", "ask.sh", "verify.sh"} {
		p.write(name, here.Replace(p.read(name)))
	}
	for _, match := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(here.Replace(p.read("README.md")), -1) {
		p.blocks = append(p.blocks, match[1])
	}
	if len(p.blocks) != blockCount || !strings.HasPrefix(p.blocks[serve], "chancery serve ") {
		t.Fatalf("the README has other commands than this test knows: %q", p.blocks)
	}
	return p
}

func freePort(t *testing.T) string {
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

// read returns a file of the example.
func (p *place) read(name string) string {
	p.t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		p.t.Fatal(err)
	}
	return string(data)
}

func (p *place) write(name, text string) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

func (p *place) shell(script string) *exec.Cmd {
	shell := exec.Command("sh", "-e", "-c", script)
	shell.Dir, shell.Env = p.dir, p.env
	return shell
}

// run runs commands as a shell does, and wants them to end with a code.
func (p *place) run(want int, script string) string {
	p.t.Helper()
	shell := p.shell(script)
	out, err := shell.CombinedOutput()
	if got := shell.ProcessState.ExitCode(); got != want {
		p.t.Fatalf("%s\nends with %d, %v:\n%s", script, got, err, out)
	}
	return string(out)
}

// says wants each text to be in what a program said.
func (p *place) says(said string, texts ...string) {
	p.t.Helper()
	for _, text := range texts {
		if !strings.Contains(said, text) {
			p.t.Errorf("it does not say %q:\n%s", text, said)
		}
	}
}

// serve serves the issuer until the test ends, and waits for it.
func (p *place) serve() {
	p.t.Helper()
	var log bytes.Buffer
	issuer := p.shell("exec " + p.blocks[serve])
	issuer.Stdout, issuer.Stderr = &log, &log
	if err := issuer.Start(); err != nil {
		p.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = issuer.Wait() // it is stopped
	}()
	p.t.Cleanup(func() {
		_ = issuer.Process.Signal(os.Interrupt)
		kill := time.AfterFunc(10*time.Second, func() { _ = issuer.Process.Kill() })
		defer kill.Stop()
		<-ended
		if p.t.Failed() {
			p.t.Logf("the issuer said:\n%s", &log)
		}
	})
	p.until("the issuer is not served", func() bool {
		_, err := os.Stat(filepath.Join(p.dir, "work/state/operator.sock"))
		return err == nil
	})
}

func (p *place) until(otherwise string, done func() bool) {
	p.t.Helper()
	for deadline := time.Now().Add(60 * time.Second); !done(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			p.t.Fatal(otherwise)
		}
	}
}

func TestREADME(t *testing.T) {
	p := setUp(t)
	p.run(0, p.blocks[makeRegister])
	p.run(0, p.blocks[makeTokens])
	p.says(p.run(2, p.blocks[check]), "the account can do more than read the configured columns", "TEMPORARY ON DATABASE civil FROM PUBLIC;")
	p.says(p.run(0, p.blocks[mend]), "which can read the columns below and do nothing else")
	before := p.contents()
	p.serve()
	p.run(0, p.blocks[handOver])

	t.Run("answers", p.answers)
	t.Run("refusals", p.refusals)
	t.Run("log", p.log)
	t.Run("scope", p.scope)
	if diff := cmp.Diff(before, p.contents()); diff != "" {
		t.Errorf("the register is another (-before +after):\n%s", diff)
	}
}

// contents is every row of the register.
func (p *place) contents() string {
	p.t.Helper()
	return p.run(0, "psql civil --no-psqlrc --command 'TABLE births ORDER BY 1' --command 'TABLE adoptions'")
}

func (p *place) answers(t *testing.T) {
	p = p.with(t)
	said := p.run(0, p.blocks[ofAge])
	p.says(said, "ACCEPTED  Fact", "fact     of-age", "value    true", "purpose  child-benefit")
	p.says(p.run(1, p.blocks[forAnother]), "REFUSED", `it is for another: aud is "benefits-office"`)

	said = p.run(0, p.blocks[others])
	p.says(said, "two-parents", "state    current", "Kristín Ósk Sigurðardóttir", "Jón Einarsson", "ACCEPTED  Birth registration", "birthDate     2019-03-07")
	for _, withheld := range []string{"amended", "Paternity", "Pétursdóttir", "Njeri", "1990"} {
		if strings.Contains(said, withheld) {
			t.Errorf("%s was told:\n%s", withheld, said)
		}
	}
	subjects := regexp.MustCompile(`urn:chancery:subject:\S+`).FindAllString(said, -1)
	if len(subjects) != 4 || len(slices.Compact(slices.Sorted(slices.Values(subjects)))) != 3 || subjects[2] != subjects[3] {
		t.Errorf("two offices, or the same one of two people, are told of the same subject: %q", subjects)
	}
}

// refusals wants four questions, each without an answer for another reason, to
// be refused alike.
func (p *place) refusals(t *testing.T) {
	p = p.with(t)
	said := map[string]int{}
	for line := range strings.Lines(p.run(0, p.blocks[notThere])) {
		said[strings.TrimSpace(line)]++
	}
	want := map[string]int{
		`{"type":"urn:chancery:problem:refused","title":"Forbidden","status":403,"detail":"there is no answer to this question for you"}`: 4,
		"curl: (22) The requested URL returned error: 403": 4,
	}
	if diff := cmp.Diff(want, said); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// log wants the log to say who was told what, and of nobody who it was about.
func (p *place) log(t *testing.T) {
	p = p.with(t)
	said := p.run(0, p.blocks[log])
	p.says(said, "consult:benefits-office", "fact of-age", "child-benefit", "date_of_birth")
	for _, withheld := range []string{"2019-000042", "1990-000007", "Jónsdóttir", "1990-05-21"} {
		if strings.Contains(said, withheld) {
			t.Errorf("the log has %s in it", withheld)
		}
	}
}

// scope has the published scope judged, and then the account widened.
func (p *place) scope(t *testing.T) {
	p = p.with(t)
	p.says(p.run(0, p.blocks[scope]), "ACCEPTED  Scope", "mother_name", "found by registration_number")
	p.run(0, p.blocks[widen])
	p.until("nobody noticed that the account was widened", func() bool { return p.shell(p.blocks[scope]).Run() != nil })
	p.says(p.run(1, p.blocks[scope]), "NOT ESTABLISHED  Scope", "civil")
	p.says(p.run(1, p.blocks[ofAge]), "503")
	p.says(p.run(2, p.blocks[check]), "it may SELECT on TABLE public.births", "REVOKE SELECT ON TABLE public.births")
	p.run(0, p.blocks[mend])
	p.until("the answers do not come back", func() bool { return p.shell(p.blocks[ofAge]).Run() == nil })
	p.says(p.run(0, p.blocks[scope]), "ACCEPTED  Scope")
}

// with is p in a subtest.
func (p *place) with(t *testing.T) *place {
	inner := *p
	inner.t = t
	return &inner
}
