// Package domains_test runs the commands of the README with the real programs.
package domains_test

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

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/verifier/statement"
)

// The README's blocks of commands, in their order.
const (
	makeRegister = iota
	makeTokens
	check
	serve
	handOver
	ask
	askMany
	authorize
	notTheirs
	verify
	expire
	alter
	revoke
	renew
	account
	log
	blockCount
)

// place is a copy of the example, with the programs in reach.
type place struct {
	t      *testing.T
	dir    string
	env    []string
	blocks []string
}

// setUp copies the example, for a port of its own.
func setUp(t *testing.T) *place {
	t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("curl, which the README asks for, is not here")
	}
	bin := t.TempDir()
	out, err := exec.Command("go", "build", "-o", bin, "../../cmd/chancery", "../../cmd/chancery-verifier").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	p := &place{t: t, dir: t.TempDir()}
	p.env = append(os.Environ(), "PATH="+bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	here := strings.NewReplacer("8446", freePort(t))
	for _, name := range []string{"domains.csv", "changes.csv", "context.jsonld", "chancery.yaml", "ask.sh", "verify.sh"} {
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

// run runs a block of commands as a shell does, and wants them to end with a
// code.
func (p *place) run(want, block int) string {
	p.t.Helper()
	shell := p.shell(p.blocks[block])
	out, err := shell.CombinedOutput()
	if got := shell.ProcessState.ExitCode(); got != want {
		p.t.Fatalf("%s\nends with %d, %v:\n%s", p.blocks[block], got, err, out)
	}
	return string(out)
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
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if _, err := os.Stat(filepath.Join(p.dir, "work/state/operator.sock")); err == nil {
			return
		}
		if time.Now().After(deadline) {
			p.t.Fatal("the issuer is not served")
		}
	}
}

// says wants texts to be in what a program said, and what the register keeps to
// itself not to be.
func says(t *testing.T, said string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(said, text) {
			t.Errorf("it does not say %q:\n%s", text, said)
		}
	}
	for _, withheld := range []string{"Maren", "maren@", "k7Lq", "Brightwater", "DRP-2026-0417"} {
		if strings.Contains(said, withheld) {
			t.Errorf("it says %s:\n%s", withheld, said)
		}
	}
}

func TestREADME(t *testing.T) {
	p := setUp(t)
	says(t, p.run(0, makeRegister), "6 records in table domains", "5 records in table changes")
	p.run(0, makeTokens)
	says(t, p.run(0, check), "The configuration can be used. It can be served")
	p.serve()
	p.run(0, handOver)
	says(t, p.run(0, ask), "fact     transferable", "value    true", "state    registered")
	checkMany(t, []byte(p.run(0, askMany)))
	p.run(0, authorize)
	if said := p.run(0, notTheirs); strings.Count(said, `"urn:chancery:problem:refused"`) != 2 {
		t.Errorf("somebody else's, or what nobody approved, is not refused:\n%s", said)
	}

	says(t, p.run(0, verify), "ACCEPTED  Authorization to transfer a domain", "CR-2026-0117", "riverside-bakery.example", "transfer policy 3.2", "decidedAt")
	p.checkSubject("transfer.json", map[string]any{
		"changeRequest": "CR-2026-0117", "domainName": "riverside-bakery.example", "losingRegistrar": "9995", "gainingRegistrar": "9996",
		"rule": "transfer policy 3.2: the holder confirmed it on two ways", "decidedBy": "transfers desk",
	})
	says(t, p.run(1, expire), "REFUSED", "because of validity: expired")
	says(t, p.run(1, alter), "REFUSED", "because of proof")
	says(t, p.run(0, revoke), "Credentials revoked: 1. Revoked before: 0.")
	says(t, p.run(0, verify), "ACCEPTED") // the bundle does not know
	says(t, p.run(1, renew), "state       revoked", "REFUSED", "because of status: revoked")

	says(t, p.run(0, account), "ACCEPTED  Change of an account's state", "AC-4471")
	p.checkSubject("account.json", map[string]any{
		"changeRequest": "CR-2026-0120", "account": "AC-4471", "fromState": "active", "toState": "suspended",
		"rule": "account policy 7.1: an invoice is open for 90 days", "decidedBy": "billing desk",
	})
	says(t, p.run(0, log), "consult:gaining-registrar", "consult:reseller", "fact transferable", "status authorization", "transfer-9996")
}

// checkMany wants the answers about five domains, of which the last one is not
// there.
func checkMany(t *testing.T, said []byte) {
	t.Helper()
	var batch struct {
		Answers []struct {
			Answer  string `json:"answer"`
			Problem struct {
				Status int `json:"status"`
			} `json:"problem"`
		} `json:"answers"`
	}
	if err := json.Unmarshal(said, &batch); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, one := range batch.Answers {
		if one.Problem.Status == 403 && one.Answer == "" {
			got = append(got, "refused")
			continue
		}
		u, err := statement.Peek([]byte(one.Answer))
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(u.Statement.Fact.Value))
	}
	if diff := cmp.Diff([]string{"false", "false", "false", "false", "refused"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// checkSubject wants a credential to say these things, when it was decided, and
// nothing else, for 15 minutes.
func (p *place) checkSubject(name string, want map[string]any) {
	p.t.Helper()
	data, err := os.ReadFile(filepath.Join(p.dir, "partners", name))
	if err != nil {
		p.t.Fatal(err)
	}
	var credential struct {
		ValidFrom  time.Time      `json:"validFrom"`
		ValidUntil time.Time      `json:"validUntil"`
		Subject    map[string]any `json:"credentialSubject"`
	}
	if err := json.Unmarshal(data, &credential); err != nil {
		p.t.Fatal(err)
	}
	decided, err := time.Parse(time.RFC3339, credential.Subject["decidedAt"].(string))
	if err != nil || decided.After(time.Now()) {
		p.t.Errorf("%s: decided at %v, %v", name, decided, err)
	}
	if span := credential.ValidUntil.Sub(credential.ValidFrom); span != 15*time.Minute {
		p.t.Errorf("%s is valid for %s", name, span)
	}
	delete(credential.Subject, "decidedAt")
	delete(credential.Subject, "id")
	if diff := cmp.Diff(want, credential.Subject); diff != "" {
		p.t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}
