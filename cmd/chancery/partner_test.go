package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/examples/births/civil"
)

// visit is a registry that is served, and a partner with programs of its own.
type visit struct {
	*testing.T
	dir, config string
	births      []civil.Birth
	served      *exec.Cmd
}

func newVisit(t *testing.T) *visit {
	dir := filepath.Join(t.TempDir(), "registry")
	v := &visit{T: t, dir: dir, config: filepath.Join(dir, configFile)}
	address := freeAddress(t)
	_, port, err := net.SplitHostPort(address)
	must(t, err)
	v.does("init", dir, "--url", "https://localhost:"+port, "--listen", "127.0.0.1:"+port, "--self-signed")
	must(t, civil.Write(t.Context(), filepath.Join(dir, "births.db"), 5, 1))
	all, err := civil.Births(5, 1)
	must(t, err)
	for b := range all {
		v.births = append(v.births, b)
	}
	file, err := os.OpenFile(v.config, os.O_APPEND|os.O_WRONLY, 0)
	must(t, err)
	_, err = file.WriteString(`
purposes: [enrolment]
statuses:
  sex: {source: births, table: births, key: registration_number, column: sex, states: {F: f, M: m, X: x}}
partners: {purposes: [enrolment], statuses: [sex]}
`)
	must(t, err)
	must(t, file.Close())
	must(t, os.WriteFile(v.path("partner.jwk"), []byte(v.does("proxy", "keygen", v.path("partner.key"))), 0o600))
	v.serve()
	return v
}

func (v *visit) path(name string) string { return filepath.Join(v.dir, name) }

// does wants a command to do its work, and returns what it says.
func (v *visit) does(args ...string) string {
	v.Helper()
	code, out, errors := call(v.Context(), args...)
	if code != exitDone {
		v.Fatalf("chancery %s: exit code %d: %s", strings.Join(args, " "), code, errors)
	}
	return out
}

// start starts a program in a process of its own, and returns its output once it
// has said a line.
func (v *visit) start(args ...string) (c *exec.Cmd, line string, said *bytes.Buffer) {
	v.Helper()
	c, said = exec.Command(os.Args[0]), &bytes.Buffer{}
	c.Args, c.Stderr = append([]string{"chancery"}, args...), said
	out, err := c.StdoutPipe()
	must(v.T, err)
	must(v.T, c.Start())
	v.Cleanup(func() { c.Process.Kill() })
	line, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		v.Fatalf("chancery %s: %v: %s", strings.Join(args, " "), err, said)
	}
	return c, strings.TrimSpace(line), said
}

func (v *visit) serve() {
	v.Helper()
	v.served, _, _ = v.start("serve", "--config", v.config)
}

// mint has a grant signed, and returns its identifier.
func (v *visit) mint(name string, args ...string) string {
	v.Helper()
	said := v.does(append([]string{
		"grant", "mint", "--config", v.config, "--to", "clinic", "--key", v.path("partner.jwk"), "--purpose", "enrolment", "--statuses", "sex", "--for", "1h", "--out", v.path(name),
	}, args...)...)
	id, _, _ := strings.Cut(said, "\n")
	return id
}

// errand is a proxy that runs, and a program that asks through it.
type errand struct {
	*visit
	c      *exec.Cmd
	url    string
	said   *bytes.Buffer
	client *http.Client
}

func (v *visit) proxy(grant string, args ...string) *errand {
	v.Helper()
	e := &errand{visit: v, client: &http.Client{Timeout: time.Minute}}
	e.c, e.url, e.said = v.start(append([]string{"proxy", "--grant", v.path(grant), "--key", v.path("partner.key"), "--ca", v.path("tls/certificate.pem"), "--poll", "1s"}, args...)...)
	return e
}

// asks asks about a record, and wants a status.
func (e *errand) asks(n, status int, says string) {
	e.Helper()
	body := fmt.Sprintf(`{"purpose":"enrolment","nonce":"n-1","name":"sex","key":%q}`, e.births[n].RegistrationNumber)
	response, err := e.client.Post(e.url+"/v1/statuses", "application/json", strings.NewReader(body))
	must(e.T, err)
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	must(e.T, err)
	if response.StatusCode != status || !strings.Contains(string(data), says) {
		e.Errorf("record %d: %d %s, and not %d %q", n, response.StatusCode, data, status, says)
	}
}

// left returns how many records are left.
func (e *errand) left() int {
	e.Helper()
	response, err := e.client.Get(e.url)
	must(e.T, err)
	defer response.Body.Close()
	var left struct {
		Left int `json:"left"`
	}
	must(e.T, json.UnmarshalRead(response.Body, &left))
	return left.Left
}

// ends wants the proxy to end, and why.
func (e *errand) ends(code int, says string) {
	e.Helper()
	_ = e.c.Wait()
	if got := e.c.ProcessState.ExitCode(); got != code || !strings.Contains(e.said.String(), says) {
		e.Errorf("exit code %d: %s", got, e.said)
	}
}

// TestPartnerPrograms goes the whole way with the real programs: a grant with a
// count, an issuer that is killed meanwhile, and the end when that is used up.
func TestPartnerPrograms(t *testing.T) {
	v := newVisit(t)
	v.mint("two.grant", "--count", "2")
	e := v.proxy("two.grant")
	e.asks(0, http.StatusOK, `"answer"`)
	must(t, v.served.Process.Kill()) // as kill -9
	_ = v.served.Wait()
	e.asks(0, http.StatusBadGateway, "does not answer")
	v.serve()
	if left := e.left(); left != 1 {
		t.Errorf("after the issuer was killed %d are left", left)
	}
	e.asks(1, http.StatusOK, `"answer"`)
	e.asks(0, http.StatusOK, `"answer"`)
	e.asks(2, http.StatusForbidden, "grant-used-up")
	e.ends(exitDone, "the grant is used up")
	if !strings.Contains(e.said.String(), "left: 1 of 2 records") {
		t.Errorf("%s", e.said)
	}
	again := v.proxy("two.grant")
	again.asks(0, http.StatusOK, `"answer"`)
	must(t, again.c.Process.Signal(syscall.SIGTERM))
	again.ends(exitDone, "stopped")
}

// TestPartnerRevokedWhileItRuns: the very next question gets no answer, and the
// proxy says why it ends; one that nobody uses ends, too, and its socket is gone.
func TestPartnerRevokedWhileItRuns(t *testing.T) {
	v := newVisit(t)
	must(t, os.WriteFile(v.path("keys.txt"), []byte(v.births[0].RegistrationNumber+"\n"), 0o600))
	id := v.mint("one.grant", "--keys-file", v.path("keys.txt"))
	used := v.proxy("one.grant")
	socket := filepath.Join(t.TempDir(), "s")
	idle := v.proxy("one.grant", "--listen", "unix:"+socket)
	idle.url = "http://registry"
	idle.client.Transport = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}
	idle.asks(0, http.StatusOK, `"answer"`)
	if info, err := os.Stat(socket); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	used.asks(0, http.StatusOK, `"answer"`)
	used.asks(1, http.StatusForbidden, "urn:chancery:problem:refused")
	v.does("grant", "revoke", "--config", v.config, id)
	used.asks(0, http.StatusUnauthorized, "unauthorized")
	used.ends(exitNo, "it was revoked")
	idle.ends(exitNo, "it was revoked")
	if _, err := os.Stat(socket); !os.IsNotExist(err) {
		t.Errorf("the socket is still there: %v", err)
	}
	code, _, errors := call(t.Context(), "proxy", "--grant", v.path("one.grant"), "--key", v.path("partner.key"), "--ca", v.path("tls/certificate.pem"))
	if code != exitNo || !strings.Contains(errors, "it was revoked") {
		t.Errorf("begun again: exit code %d: %s", code, errors)
	}
	code, _, errors = call(t.Context(), "proxy", "--grant", v.path("one.grant"), "--key", v.path("partner.key"))
	if code != exitFailed || !strings.Contains(errors, "certificate") {
		t.Errorf("without its certificate: exit code %d: %s", code, errors)
	}
	v.does("log", "verify", "--config", v.config)
	v.does("log", "reconcile", "--config", v.config)
}
