package grantproxy_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/credtest"
	"github.com/chancery-vc/chancery/verifier/grantproxy"
	"github.com/chancery-vc/chancery/verifier/statement"
)

// TestForwards: the registry gets the question as it stands, the grant and a
// proof, and nothing else of what the program sent; the program gets the answer,
// and nothing that was for the proxy.
func TestForwards(t *testing.T) {
	p := newPartner(t).run()
	p.registry.will(says(http.StatusOK, `{"answer":"signed"}`, "DPoP-Nonce", "n-2", "Set-Cookie", "a=b", "Retry-After", "7"), nil)
	status, said, header := p.do(http.MethodPost, "/v1/facts", question, "Cookie", "c=d", "X-Forwarded-For", "203.0.113.7")
	if status != http.StatusOK || said != `{"answer":"signed"}` {
		t.Errorf("%d %s", status, said)
	}
	if header.Get("Set-Cookie")+header.Get("DPoP-Nonce") != "" || header.Get("Cache-Control") != "no-store" || header.Get("Retry-After") != "7" {
		t.Errorf("%v", header)
	}
	got := p.registry.asked[0]
	if got.Method != http.MethodPost || got.URL.Path != "/v1/facts" || p.registry.bodies[0] != question {
		t.Errorf("%s %s %s", got.Method, got.URL, p.registry.bodies[0])
	}
	if got.Header.Get("Authorization") != "DPoP "+string(p.options.Grant) || got.Header.Get("Cookie")+got.Header.Get("X-Forwarded-For") != "" {
		t.Errorf("%v", got.Header)
	}
	claims := claimsOf(t, got)
	if claims["htm"] != "POST" || claims["htu"] != p.registry.URL+"/v1/facts" || claims["iat"] != float64(begin.Unix()) {
		t.Errorf("%v", claims)
	}
	if status, said, _ := p.do(http.MethodPost, "/v1/statuses", `{"purpose":"transfer","questions":[{"name":"domain","key":"a","nonce":"n"}]}`); status != http.StatusOK {
		t.Errorf("a batch: %d %s", status, said)
	}
	if again := claimsOf(t, p.registry.asked[1]); again["nonce"] != "n-2" || again["jti"] == claims["jti"] {
		t.Errorf("%v after %v", again, claims)
	}
}

// claimsOf reads the proof of a request.
func claimsOf(t testing.TB, r *http.Request) (claims map[string]any) {
	t.Helper()
	parts := strings.Split(r.Header.Get("DPoP"), ".")
	if len(parts) != 3 {
		t.Fatalf("no proof: %v", r.Header)
	}
	data, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err == nil {
		err = json.Unmarshal(data, &claims)
	}
	if err != nil {
		t.Fatal(err)
	}
	return claims
}

// TestRefuses: whatever is not what the grant is for stays here, and is told why;
// no answer allows a page of another origin anything.
func TestRefuses(t *testing.T) {
	p := newPartner(t).run()
	other := func(from, to string) string { return strings.Replace(question, from, to, 1) }
	_, port, _ := net.SplitHostPort(p.host)
	for name, c := range map[string]struct {
		method, path, body string
		headers            []string
		status             int
		says               string
	}{
		"another method":          {"PUT", "/v1/facts", question, nil, 403, "only POST"},
		"a GET of facts":          {"GET", "/v1/facts", "", nil, 403, "only POST"},
		"a preflight":             {"OPTIONS", "/v1/facts", "", []string{"Access-Control-Request-Method", "POST"}, 403, "only POST"},
		"what the grant left":     {"GET", "/v1/grant", "", nil, 403, "only POST"},
		"another path":            {"POST", "/bundle", question, nil, 403, "only POST"},
		"the VC API":              {"POST", "/credentials/issue", question, nil, 403, "only POST"},
		"a path behind":           {"POST", "/v1/facts/", question, nil, 403, "only POST"},
		"a path with dots":        {"POST", "/v1/statuses/../facts", question, nil, 403, "only POST"},
		"an escaped path":         {"POST", "/v1/f%61cts", question, nil, 403, "only POST"},
		"two slashes":             {"POST", "//v1/facts", question, nil, 403, "only POST"},
		"a query":                 {"POST", "/v1/facts?x=1", question, nil, 403, "query"},
		"an empty query":          {"POST", "/v1/facts?", question, nil, 403, "query"},
		"another name":            {"POST", "/v1/facts", other("transferable", "holder"), nil, 403, "not for the fact"},
		"another purpose":         {"POST", "/v1/facts", other("transfer\"", "research\""), nil, 403, "purpose"},
		"another kind":            {"POST", "/v1/statuses", question, nil, 403, "not for the status"},
		"a kind of none":          {"POST", "/v1/credentials", question, nil, 403, "no credential"},
		"one of a batch":          {"POST", "/v1/facts", `{"purpose":"transfer","questions":[{"name":"transferable"},{"name":"holder"}]}`, nil, 403, "not for the fact"},
		"a batch and one":         {"POST", "/v1/facts", `{"purpose":"transfer","name":"transferable","questions":[{"name":"transferable"}]}`, nil, 400, "either"},
		"no name":                 {"POST", "/v1/facts", `{"purpose":"transfer"}`, nil, 403, "not for the fact"},
		"a name twice":            {"POST", "/v1/facts", `{"purpose":"transfer","name":"transferable","name":"holder"}`, nil, 400, "once"},
		"a name in another case":  {"POST", "/v1/facts", `{"purpose":"transfer","Name":"transferable"}`, nil, 403, "not for the fact"},
		"no JSON":                 {"POST", "/v1/facts", `name=transferable`, nil, 400, "no question"},
		"two questions":           {"POST", "/v1/facts", question + question, nil, 400, "no question"},
		"nothing":                 {"POST", "/v1/facts", "", nil, 400, "no question"},
		"a form":                  {"POST", "/v1/facts", question, []string{"Content-Type", "text/plain"}, 415, "application/json"},
		"compressed":              {"POST", "/v1/facts", question, []string{"Content-Encoding", "gzip"}, 415, "Content-Encoding"},
		"a grant of its own":      {"POST", "/v1/facts", question, []string{"Authorization", "DPoP x"}, 400, "leave"},
		"a proof of its own":      {"POST", "/v1/facts", question, []string{"DPoP", "x"}, 400, "leave"},
		"a name that was rebound": {"POST", "/v1/facts", question, []string{"Host", "attacker.example:" + port}, 421, "nothing else"},
		"localhost":               {"POST", "/v1/facts", question, []string{"Host", "localhost:" + port}, 421, "nothing else"},
		"no port":                 {"POST", "/v1/facts", question, []string{"Host", "127.0.0.1"}, 421, "nothing else"},
		"a page":                  {"POST", "/v1/facts", question, []string{"Origin", "https://attacker.example"}, 403, "no page"},
		"a page of nowhere":       {"POST", "/v1/facts", question, []string{"Origin", "null"}, 403, "no page"},
		"a page of its own":       {"GET", "/", "", []string{"Origin", "http://" + p.host}, 403, "no page"},
		"a form in a page":        {"GET", "/", "", []string{"Sec-Fetch-Site", "same-origin"}, 403, "no page"},
		"a huge body":             {"POST", "/v1/facts", other("a.example", strings.Repeat("a", 2<<20)), nil, 413, "too large"},
	} {
		status, said, header := p.do(c.method, c.path, c.body, c.headers...)
		if status != c.status || !strings.Contains(said, "proxy: ") || !strings.Contains(said, c.says) || header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", name, status, said)
		}
		for header := range header {
			if strings.HasPrefix(header, "Access-Control-") {
				t.Errorf("%s: %s", name, header)
			}
		}
	}
	if n := p.registry.count(); n != 0 {
		t.Errorf("%d requests were forwarded", n)
	}
}

// TestPath: without the path that the proxy said nothing is told, not what is
// left either.
func TestPath(t *testing.T) {
	p := newPartner(t).run()
	path := p.Path()
	if len(path) < 20 {
		t.Fatalf("%q can be guessed", path)
	}
	for _, other := range []string{"", "/", "/v1/facts", path[:len(path)-1] + "/v1/facts", path[:len(path)-1] + "~/v1/facts", path + "x/v1/facts", strings.ToLower(path) + "/v1/facts", "/" + path + "/v1/facts"} {
		r := httptest.NewRequest(http.MethodPost, "http://"+p.host+"/", strings.NewReader(question))
		r.URL.Path = other
		w := httptest.NewRecorder()
		p.Handler(p.host).ServeHTTP(w, r)
		if w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "does not begin") {
			t.Errorf("%q: %d %s", other, w.Code, w.Body)
		}
	}
	another, err := grantproxy.New(p.options)
	if err != nil || another.Path() == path {
		t.Errorf("two proxies are at %s, %v", path, err)
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "/v1/facts", strings.NewReader(question))
	r.Header.Set("Content-Type", "application/json")
	p.Handler("").ServeHTTP(w, r) // on a socket
	if w.Code != http.StatusOK || p.registry.count() != 1 {
		t.Errorf("on a socket: %d %s", w.Code, w.Body)
	}
}

// TestNonce: a proof without the nonce of now is made again, once.
func TestNonce(t *testing.T) {
	p := newPartner(t).run()
	p.registry.will(func(w http.ResponseWriter, r *http.Request) {
		if claimsOf(t, r)["nonce"] != "fresh" {
			denies("use_dpop_nonce", "DPoP-Nonce", "fresh")(w, r)
			return
		}
		says(http.StatusOK, "{}")(w, r)
	}, nil)
	for range 2 {
		if status, said, _ := p.do(http.MethodPost, "/v1/facts", question); status != http.StatusOK {
			t.Errorf("%d %s", status, said)
		}
	}
	if n := p.registry.count(); n != 3 {
		t.Errorf("%d requests for two questions", n)
	}
	p.registry.will(denies("use_dpop_nonce", "DPoP-Nonce", "other"), nil)
	if status, _, _ := p.do(http.MethodPost, "/v1/facts", question); status != http.StatusUnauthorized || p.registry.count() != 5 {
		t.Errorf("%d, after %d requests", status, p.registry.count())
	}
}

// TestAtOnce: so many are forwarded at once, and the others wait.
func TestAtOnce(t *testing.T) {
	p := newPartner(t).run()
	var now, most atomic.Int32
	p.registry.will(func(w http.ResponseWriter, r *http.Request) {
		n := now.Add(1)
		for high := most.Load(); n > high && !most.CompareAndSwap(high, n); high = most.Load() {
		}
		time.Sleep(5 * time.Millisecond)
		now.Add(-1)
		says(http.StatusOK, "{}")(w, r)
	}, nil)
	var group sync.WaitGroup
	for range 60 {
		group.Go(func() {
			if status, said, _ := p.do(http.MethodPost, "/v1/facts", question); status != http.StatusOK {
				t.Errorf("%d %s", status, said)
			}
		})
	}
	group.Wait()
	if most.Load() > 16 || p.registry.count() != 60 {
		t.Errorf("%d at once, %d in all", most.Load(), p.registry.count())
	}
}

// TestGrant: what is no grant, or is bound to another key, or leads elsewhere
// than to https, is not sent anywhere.
func TestGrant(t *testing.T) {
	p := newPartner(t)
	_, other, err := ed25519.GenerateKey(rand.Reader)
	p.must(err)
	curve, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	p.must(err)
	s := &statement.Statement{
		Issuer: "did:web:registry.example", Audience: "a", Subject: "b", Purpose: "c", ID: "urn:uuid:1", Issued: 1, Expires: 2, Configuration: "0a",
		Status: &statement.Status{Name: "domain", State: "registered"},
	}
	status, err := statement.Sign(s, statement.Signer{Key: credtest.Key("registry"), KeyID: "did:web:registry.example#key-1"})
	p.must(err)
	for name, edit := range map[string]func(*grantproxy.Options){
		"another key":      func(o *grantproxy.Options) { o.Key = other },
		"cut off":          func(o *grantproxy.Options) { o.Grant = o.Grant[:len(o.Grant)/2] },
		"empty":            func(o *grantproxy.Options) { o.Grant = nil },
		"over":             func(o *grantproxy.Options) { o.Now = func() time.Time { return begin.Add(time.Hour) } },
		"a status":         func(o *grantproxy.Options) { o.Grant = status },
		"of P-384":         func(o *grantproxy.Options) { o.Key, o.Grant = curve, p.grant(p.registry.URL, curve) },
		"plain HTTP":       func(o *grantproxy.Options) { o.Grant = p.grant("http://registry.example", o.Key) },
		"with a password":  func(o *grantproxy.Options) { o.Grant = p.grant("https://a:b@registry.example", o.Key) },
		"with a query":     func(o *grantproxy.Options) { o.Grant = p.grant("https://registry.example?x=", o.Key) },
		"no address":       func(o *grantproxy.Options) { o.Grant = p.grant("registry.example", o.Key) },
		"a slash too many": func(o *grantproxy.Options) { o.Grant = p.grant("https://registry.example/", o.Key) },
	} {
		o := p.options
		edit(&o)
		if got, err := grantproxy.New(o); !errors.Is(err, grantproxy.ErrGrant) || got != nil {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if n := p.registry.count(); n != 0 || p.registry.polls != 0 {
		t.Errorf("%d requests were sent", n)
	}
}
