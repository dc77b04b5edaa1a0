//go:build linux

package main

import (
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer/access"
	"github.com/chancery-vc/chancery/issuer/access/accesstest"
	"github.com/chancery-vc/chancery/issuer/secret/vaulttest"
	"github.com/chancery-vc/chancery/verifier/logproof"
)

// TestNoCallLeaves: in a network of its own, which has no way out, an issuer does
// all that it does, and the kernel counts no call that leaves it, no datagram, and
// no call to anything on the machine that is not there. What is there is the issuer
// itself and, if the configuration names them, a key store, a token issuer and a
// witness, which all were called.
func TestNoCallLeaves(t *testing.T) {
	if !alone(t) {
		return
	}
	t.Run("control", countsCalls)
	t.Run("nothing to call", func(t *testing.T) {
		noCall(t, newOutside(t, 50))
	})
	t.Run("all that can be called", func(t *testing.T) {
		o := newOutside(t, 50)
		called := o.configureAll(t)
		noCall(t, o)
		for name, times := range called {
			if times() == 0 {
				t.Errorf("the %s was not called, and the test shows nothing of it", name)
			}
		}
	})
}

func noCall(t *testing.T, o *outside) {
	before := calls(t)
	o.exercise(t)
	if after := calls(t); after != before {
		t.Errorf("it called what it must not: %+v, and before it %+v", after, before)
	}
}

// outside is an issuer, and what a relying party shows it.
type outside struct {
	*office
	token     string
	witnessed bool
}

// relyingParty may ask: to come are who issues tokens, and how it is known.
const relyingParty = `
purposes: [enrolment]
facts:
  of-age:
    source: births
    table: births
    key: registration_number
    rule: {compare: {column: date_of_birth, as: date, is: at most, to: today - 18 years}}
access: {issuers: [%s]}
consult:
  callers:
    - {name: school, %s, purposes: [enrolment], facts: [of-age]}
`

func newOutside(t *testing.T, records int) *outside {
	o := &outside{office: newOffice(t, records), token: "token-of-the-school"}
	o.edit(t, "state: state\n", "state: state-alone\n") // where a replica's is
	o.add(t, fmt.Sprintf(relyingParty, "", "token_sha256: "+access.Digest(o.token)))
	return o
}

func (o *outside) edit(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(o.config)
	must(t, err)
	edited := strings.Replace(string(text), from, to, 1)
	if edited == string(text) {
		t.Fatalf("the configuration has no %q", from)
	}
	must(t, os.WriteFile(o.config, []byte(edited), 0o600))
}

func (o *outside) add(t *testing.T, text string) { o.edit(t, "\noffers:\n", text+"\noffers:\n") }

// configureAll has the issuer call all that it can, on this machine. It returns
// how often each was called.
func (o *outside) configureAll(t *testing.T) map[string]func() int {
	vault := vaulttest.Start(t, time.Now)
	vault.AddKey("issuer", "ed25519")
	o.edit(t, "signing_key: signing.key\n", fmt.Sprintf("signing_key: vault:transit/transit/issuer\nvault: {address: %q, ca: %q, app_role: {role_id: %s, secret_id: vault.secret}}\n", vault.URL, vault.CA, vaulttest.RoleID))
	must(t, os.WriteFile(filepath.Join(o.dir, "vault.secret"), []byte(vaulttest.SecretID), 0o600))
	asked := o.configureTokens(t)
	o.configureWitness(t)
	return map[string]func() int{
		"key store":    func() int { return vault.Asked(http.MethodPost, "transit/sign/issuer") },
		"token issuer": asked,
		"witness":      o.cosigned,
	}
}

// configureTokens has relying parties be known by tokens of a server.
func (o *outside) configureTokens(t *testing.T) (asked func() int) {
	var times atomic.Int64
	auth := accesstest.NewServer(t, "https://auth.example", issuertest.URL)
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		times.Add(1)
		_, _ = w.Write(accesstest.JWKS(t, auth))
	}))
	t.Cleanup(server.Close)
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	must(t, os.WriteFile(filepath.Join(o.dir, "auth.pem"), authority, 0o600))
	o.edit(t, "issuers: []", fmt.Sprintf("issuers: [{url: https://auth.example, jwks_url: %q, ca: auth.pem, bound: none}]", server.URL))
	o.edit(t, "token_sha256: "+access.Digest(o.token), "client: {issuer: https://auth.example, id: school-app}")
	o.token = auth.Token(t, time.Now(), accesstest.NewKey(t), accesstest.Claim("cnf", nil))
	return func() int { return int(times.Load()) }
}

// configureWitness has a witness cosign the log.
func (o *outside) configureWitness(t *testing.T) {
	folder, address := filepath.Join(o.dir, "witness"), freeAddress(t)
	code, vkey, said := call(t.Context(), "witness", "init", folder, "--name", address, "--self-signed")
	if code != exitDone {
		t.Fatal(said)
	}
	if code, _, said := call(t.Context(), "witness", "add-log", folder, o.did(t), "--origin", "registry.example/log"); code != exitDone {
		t.Fatal(said)
	}
	o.add(t, fmt.Sprintf("anchors: [{name: county, kind: witness, every: 1s, witnesses: [{url: %q, key: %q, ca: witness/tls/certificate.pem}]}]\n", "https://"+address, strings.TrimSpace(vkey)))
	c := exec.Command(os.Args[0])
	c.Args = []string{"chancery", "witness", "serve", folder, "--listen", address}
	must(t, c.Start())
	t.Cleanup(func() {
		c.Process.Kill()
		c.Wait()
	})
	o.witnessed = true
	o.until("the witness", func() bool { return dialed("tcp4", address) == nil })
}

var signsBy = regexp.MustCompile(`did:web:registry\.example#(\w+)`)

// did returns the signing key as a did:key.
func (o *outside) did(t *testing.T) string {
	t.Helper()
	_, said := o.run("key", "list")
	found := signsBy.FindStringSubmatch(said)
	if found == nil {
		t.Fatalf("no key is listed: %s", said)
	}
	return "did:key:" + found[1]
}

// alone is the issuer as one that can be served.
func (o *outside) alone() *replica { return &replica{name: "alone", config: o.config} }

// cosigned is how often the witness has cosigned the log.
func (o *outside) cosigned() int {
	_, said := o.run("log", "show")
	return strings.Count(said, string(logproof.CheckpointAnchored))
}

// exercise has the issuer do what it can.
func (o *outside) exercise(t *testing.T) {
	o.does("The configuration can be used", "check")
	o.does(fmt.Sprint(o.records, " credentials"), o.issue()...)
	r := o.alone()
	must(t, r.start())
	defer r.kill()
	o.takeOffers(t, r)
	o.ask(t, r.address.String())
	www, keys := filepath.Join(o.dir, "www"), filepath.Join(o.dir, "keys")
	must(t, os.WriteFile(keys, []byte(civil.KnownNumber+"\n"), 0o600))
	for _, command := range []struct{ says, line string }{
		{"good", "ready"},
		{"revoked", "status revoke --profile birth --keys " + keys},
		{"revoked", "status show --profile birth " + civil.KnownNumber},
		{"", "publish " + www},
		{"The tree is whole.", "log verify"},
		{"", "log reconcile --credentials " + o.out},
		{"", "backup --out " + filepath.Join(o.dir, "backup.tar")},
		{"school", "budget show"},
		{"of-age", "explain --fact of-age"},
	} {
		o.does(command.says, strings.Fields(command.line)...)
	}
	if code, _, said := call(t.Context(), "monitor", filepath.Join(www, "log"), "--key", o.did(t), "--once"); code != exitDone {
		t.Errorf("monitor: exit code %d: %s", code, said)
	}
	if o.witnessed {
		o.until("the witness", func() bool { return o.cosigned() > 0 })
	}
	r.stop(t)
}

// takeOffers has wallets take some offers.
func (o *outside) takeOffers(t *testing.T, r *replica) {
	c := &cluster{replicas: []*replica{r}}
	c.balancer = httptest.NewServer(&httputil.ReverseProxy{Rewrite: c.choose})
	defer c.balancer.Close()
	l := newLoad(t, c)
	defer l.client.CloseIdleConnections()
	l.births = issuertest.Births(t, o.records)
	for range 3 {
		l.one()
	}
	if len(l.received) != 3 {
		t.Errorf("of three offers %d gave a credential", len(l.received))
	}
}

// ask asks for a fact.
func (o *outside) ask(t *testing.T, address string) {
	t.Helper()
	body := fmt.Sprintf(`{"purpose":"enrolment","nonce":"n","name":"of-age","key":%q}`, civil.KnownNumber)
	request, err := http.NewRequest(http.MethodPost, address+"/v1/facts", strings.NewReader(body))
	must(t, err)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+o.token)
	response, err := http.DefaultClient.Do(request)
	must(t, err)
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	must(t, err)
	if response.StatusCode != http.StatusOK {
		t.Errorf("%s: %s", response.Status, answer)
	}
}
