package oauth

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/conformance/internal/npm"
	"github.com/chancery-vc/chancery/examples/births/civil"
	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer"
	"github.com/chancery-vc/chancery/issuer/issuerhttp"
	"github.com/chancery-vc/chancery/issuer/oid4vci"
)

// peer is the provider and its client.
type peer struct {
	issuer string
	in     io.Writer
	out    *bufio.Reader
}

type request struct {
	Client   string `json:"client"`
	Resource string `json:"resource"`
	URL      string `json:"url"`
	Body     string `json:"body"`
	Revoked  bool   `json:"revoked"`
}

type answer struct {
	Issuer       string `json:"issuer"`
	Status       int    `json:"status"`
	Tries        int    `json:"tries"`
	Type         string `json:"type"`
	Authenticate string `json:"authenticate"`
	Body         string `json:"body"`
	Error        string `json:"error"`
}

func start(t *testing.T, certificate, key string) *peer {
	t.Helper()
	err := npm.Install(t.Context(), "panva", io.Discard)
	if errors.Is(err, npm.ErrUnavailable) {
		t.Skip(err)
	}
	must(t, err)
	command := exec.Command("node", filepath.Join("panva", "peer.js"), certificate, key)
	command.Env = append(os.Environ(), "NODE_EXTRA_CA_CERTS="+certificate)
	command.Stderr = t.Output()
	in, err := command.StdinPipe()
	must(t, err)
	out, err := command.StdoutPipe()
	must(t, err)
	must(t, command.Start())
	t.Cleanup(func() {
		if err := errors.Join(in.Close(), command.Wait()); err != nil {
			t.Errorf("the peer ended: %v", err)
		}
	})
	p := &peer{in: in, out: bufio.NewReader(out)}
	p.issuer = p.read(t).Issuer
	return p
}

func (p *peer) read(t *testing.T) (a answer) {
	t.Helper()
	line, err := p.out.ReadBytes('\n')
	must(t, err)
	must(t, json.Unmarshal(line, &a))
	return a
}

func (p *peer) ask(t *testing.T, r request) answer {
	t.Helper()
	line, err := json.Marshal(r)
	must(t, err)
	_, err = fmt.Fprintf(p.in, "%s\n", line)
	must(t, err)
	a := p.read(t)
	if a.Error != "" {
		t.Fatal(a.Error)
	}
	return a
}

// registry is a served issuer whose callers come with tokens of the provider.
type registry struct {
	*httptest.Server
	dir string
}

const terms = `
purposes: [enrolment]
statuses:
  sex: {source: births, table: births, key: registration_number, column: sex, states: {F: f, M: m, X: x}}
access:
  client_ca: clients.pem
  issuers:
    - {url: "%[1]s", %[2]s}
consult:
  callers:
    - {name: school, client: {issuer: "%[1]s", id: school-app}, purposes: [enrolment], statuses: [sex]}
    - {name: clinic, client: {issuer: "%[1]s", id: clinic-app}, purposes: [enrolment], statuses: [sex]}
`

// serve serves an issuer that knows the provider by keys, which is a part of the
// configuration.
func serve(t *testing.T, p *peer, m material, keys string) *registry {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	_, port, _ := strings.Cut(server.Listener.Addr().String(), ":")
	address := "https://localhost:" + port
	dir := issuertest.Folder(t, 5, issuertest.Replace(issuertest.URL, address), func(text string) string { return text + fmt.Sprintf(terms, p.issuer, keys) })
	write(t, dir, "clients.pem", m.certificatePEM)
	write(t, dir, "secret", []byte("registry-secret"))
	i, err := issuer.Open(t.Context(), issuertest.Load(t, dir), environment())
	must(t, err)
	t.Cleanup(func() { i.Close() })
	service, err := oid4vci.New(i)
	must(t, err)
	if server.Config.Handler, err = issuerhttp.Public(i, service, slog.New(slog.NewTextHandler(t.Output(), nil))); err != nil {
		t.Fatal(err)
	}
	server.Config.ErrorLog = log.New(t.Output(), "", 0)
	server.TLS = &tls.Config{
		Certificates: []tls.Certificate{m.pair}, ClientCAs: i.Access().ClientAuthorities(), ClientAuth: tls.VerifyClientCertIfGiven,
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	server.URL = address
	return &registry{server, dir}
}

func question() string {
	return fmt.Sprintf(`{"purpose":"enrolment","nonce":"n-1","name":"sex","key":%q}`, civil.KnownNumber)
}

// TestProvider: tokens of a certified provider, with proofs of a certified
// client, are taken as they are, JWTs and others; and not where they are for
// somebody else.
func TestProvider(t *testing.T) {
	m := newMaterial(t)
	p := start(t, m.certificate, m.key)
	for name, test := range map[string]struct{ keys, suffix string }{
		"JWT":           {fmt.Sprintf(`jwks_url: %q, ca: %q`, p.issuer+"/jwks", m.certificate), ""},
		"introspection": {fmt.Sprintf(`introspection: {url: %q, client_id: registry, secret_file: secret, ca: %q}`, p.issuer+"/token/introspection", m.certificate), "/opaque"},
	} {
		t.Run(name, func(t *testing.T) {
			if test.suffix != "" {
				test.keys += ", audience: https://registry.example" + test.suffix
			}
			r := serve(t, p, m, test.keys)
			good := request{Client: "school-app", Resource: r.URL + test.suffix, URL: r.URL + "/v1/statuses", Body: question()}
			if test.suffix != "" {
				good.Resource = "https://registry.example/opaque"
			}
			for range 2 {
				if a := p.ask(t, good); a.Status != http.StatusOK || a.Tries > 2 || !strings.EqualFold(a.Type, "dpop") {
					t.Errorf("%+v", a)
				}
			}
			other := good
			other.Resource = "https://elsewhere.example" + test.suffix
			refused(t, "another audience", p.ask(t, other))
			other = good
			other.Client = "other-app"
			refused(t, "another client", p.ask(t, other))
			if test.suffix != "" {
				other = good
				other.Revoked = true
				refused(t, "taken back", p.ask(t, other))
			}
		})
	}
}

func refused(t *testing.T, what string, a answer) {
	t.Helper()
	if a.Status != http.StatusUnauthorized || !strings.Contains(a.Authenticate, `error="invalid_token"`) {
		t.Errorf("%s: %+v", what, a)
	}
}

// TestProviderBindsToCertificate: a token that the provider bound to a client
// certificate is good with that alone.
func TestProviderBindsToCertificate(t *testing.T) {
	m := newMaterial(t)
	p := start(t, m.certificate, m.key)
	r := serve(t, p, m, fmt.Sprintf(`jwks_url: %q, ca: %q`, p.issuer+"/jwks", m.certificate))
	with, without := m.client(&m.pair), m.client(nil)
	form := url.Values{"grant_type": {"client_credentials"}, "resource": {r.URL}, "scope": {"ask"}}
	asked, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.issuer+"/token", strings.NewReader(form.Encode()))
	must(t, err)
	asked.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	asked.SetBasicAuth("clinic-app", "clinic-app-secret")
	var token struct {
		AccessToken string `json:"access_token"`
	}
	if status, body := do(t, with, asked); status != http.StatusOK || json.Unmarshal(body, &token) != nil || token.AccessToken == "" {
		t.Fatalf("%d %s", status, body)
	}
	for client, want := range map[*http.Client]int{with: http.StatusOK, without: http.StatusUnauthorized} {
		question, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.URL+"/v1/statuses", strings.NewReader(question()))
		must(t, err)
		question.Header.Set("Content-Type", "application/json")
		question.Header.Set("Authorization", "Bearer "+token.AccessToken)
		if status, body := do(t, client, question); status != want {
			t.Errorf("%d %s, want %d", status, body, want)
		}
	}
}

func do(t *testing.T, client *http.Client, r *http.Request) (int, []byte) {
	t.Helper()
	response, err := client.Do(r)
	must(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	must(t, err)
	return response.StatusCode, body
}

// client returns a client of servers of this machine, with a certificate or
// without.
func (m material) client(pair *tls.Certificate) *http.Client {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(m.certificatePEM)
	c := &tls.Config{RootCAs: roots}
	if pair != nil {
		c.Certificates = []tls.Certificate{*pair}
	}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: c}, Timeout: 30 * time.Second}
}
