package grantproxy_test

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/internal/jwa"
	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/verifier/grantproxy"
	"github.com/chancery-vc/chancery/verifier/statement"
)

// question is one that the grants of these tests are for.
const question = `{"purpose":"transfer","nonce":"n-1","name":"transferable","key":"a.example"}`

// begin is when the grants of these tests begin; they hold for an hour.
var begin = time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)

// registry plays a registry. It answers what it is told to, and keeps what it was
// asked.
type registry struct {
	*httptest.Server

	mu     sync.Mutex
	asked  []*http.Request // POSTs
	bodies []string
	polls  int
	answer http.HandlerFunc // of a POST; nil for an answer
	left   http.HandlerFunc // of GET /v1/grant; nil for 3 of 3
}

func newRegistry(t testing.TB) *registry {
	r := &registry{}
	r.Server = httptest.NewTLSServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *registry) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, _ := io.ReadAll(q.Body)
	r.mu.Lock()
	answer := r.answer
	if q.Method == http.MethodGet {
		answer = r.left
		r.polls++
	} else {
		r.asked, r.bodies = append(r.asked, q), append(r.bodies, string(body))
	}
	r.mu.Unlock()
	switch {
	case answer != nil:
		answer(w, q)
	case q.Method == http.MethodGet:
		says(http.StatusOK, `{"grant":"urn:uuid:1","partner":"partner:b","records":3,"left":3,"expires":"2027-03-01T10:00:00Z"}`)(w, q)
	default:
		says(http.StatusOK, `{"answer":"signed"}`)(w, q)
	}
}

// will has the registry answer differently from now on.
func (r *registry) will(answer, left http.HandlerFunc) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer, r.left = answer, left
}

func (r *registry) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.asked)
}

// says answers with a status, a body, and headers.
func says(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for n := 0; n < len(headers); n += 2 {
			w.Header().Set(headers[n], headers[n+1])
		}
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

// denies answers that the grant, or its proof, is not taken.
func denies(code string, headers ...string) http.HandlerFunc {
	return says(http.StatusUnauthorized, "{}", append(headers, "WWW-Authenticate", `DPoP error="`+code+`", algs="ES256 EdDSA"`)...)
}

// partner has a grant, and what a proxy is made of.
type partner struct {
	testing.TB
	registry *registry
	options  grantproxy.Options
	told     chan grantproxy.Left
}

func newPartner(t testing.TB) *partner {
	p := &partner{TB: t, registry: newRegistry(t), told: make(chan grantproxy.Left, 100)}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	p.must(err)
	roots := x509.NewCertPool()
	roots.AddCert(p.registry.Certificate())
	p.options = grantproxy.Options{
		Key: key, Client: web.NewClient(roots, 10*time.Second), Now: func() time.Time { return begin }, Random: rand.Reader,
		Tell: func(l grantproxy.Left) { p.told <- l }, Poll: 20 * time.Millisecond,
	}
	p.options.Grant = p.grant(p.registry.URL, key)
	return p
}

func (p *partner) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

// grant returns one for this address, bound to key.
func (p *partner) grant(address string, key crypto.Signer) []byte {
	p.Helper()
	sum, err := jwa.Thumbprint(key.Public())
	p.must(err)
	s := &statement.Statement{
		Issuer: "did:web:registry.example", Audience: address, Subject: "partner:b", ID: "urn:uuid:1", Configuration: strings.Repeat("0a", 32),
		Issued: begin.Unix(), NotBefore: begin.Unix(), Expires: begin.Add(time.Hour).Unix(),
		Confirmation: &statement.Confirmation{Thumbprint: base64.RawURLEncoding.EncodeToString(sum)},
		Grant:        &statement.Grant{Purposes: []string{"transfer"}, Facts: []string{"transferable"}, Statuses: []string{"domain"}, Count: 3},
	}
	token, err := statement.Sign(s, statement.Signer{Key: credtest.Key("registry"), KeyID: "did:web:registry.example#key-1"})
	p.must(err)
	return token
}

// proxy is one that runs.
type proxy struct {
	*partner
	*grantproxy.Proxy
	host string
	stop context.CancelFunc
	end  chan grantproxy.End
}

// run starts a proxy, and waits until it answers.
func (p *partner) run() *proxy {
	p.Helper()
	inner, err := grantproxy.New(p.options)
	p.must(err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	p.must(err)
	ctx, stop := context.WithCancel(context.Background())
	run := &proxy{partner: p, Proxy: inner, host: listener.Addr().String(), stop: stop, end: make(chan grantproxy.End, 1)}
	ready := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		end, err := inner.Serve(ctx, listener, run.host, func() { close(ready) })
		if err != nil {
			p.Error(err)
		}
		run.end <- end
	}()
	p.Cleanup(func() { stop(); <-ended })
	select {
	case <-ready:
	case <-ended:
	}
	return run
}

// do sends a request as a program does, below the proxy's path.
func (p *proxy) do(method, path, body string, headers ...string) (status int, said string, header http.Header) {
	p.Helper()
	r, err := http.NewRequest(method, "http://"+p.host+p.Path()+path, strings.NewReader(body))
	p.must(err)
	r.Header.Set("Content-Type", "application/json")
	for n := 0; n < len(headers); n += 2 {
		if headers[n] == "Host" {
			r.Host = headers[n+1]
		}
		r.Header.Set(headers[n], headers[n+1])
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	p.must(err)
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	p.must(err)
	return response.StatusCode, string(data), response.Header
}

// ends waits for the proxy to end.
func (p *proxy) ends(want grantproxy.End) {
	p.Helper()
	select {
	case got := <-p.end:
		if got != want {
			p.Errorf("it ended as %q, not %q", got, want)
		}
	case <-time.After(30 * time.Second):
		p.Fatal("it does not end")
	}
	if conn, err := net.Dial("tcp", p.host); err == nil {
		conn.Close()
		p.Error("something still listens")
	}
}
