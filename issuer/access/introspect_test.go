package access_test

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer/access"
	"github.com/chancery-vc/chancery/issuer/singleuse/local"
)

// asked is an authorization server that is asked about tokens: it says what it is
// told to.
type asked struct {
	*httptest.Server
	count atomic.Int32
	says  atomic.Pointer[http.HandlerFunc]
}

func newAsked(t *testing.T) *asked {
	t.Helper()
	a := &asked{}
	a.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.count.Add(1)
		(*a.says.Load())(w, r)
	}))
	a.Config.ErrorLog = log.New(t.Output(), "", 0)
	a.StartTLS()
	t.Cleanup(a.Close)
	return a
}

func (a *asked) say(says http.HandlerFunc) { a.says.Store(&says) }

// sayJSON has it answer with one document.
func (a *asked) sayJSON(t *testing.T, document any) {
	t.Helper()
	data, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	a.say(func(w http.ResponseWriter, _ *http.Request) { w.Write(data) })
}

// authority writes the certificate that the server comes with.
func (a *asked) authority(t *testing.T) func(dir string) {
	return func(dir string) {
		writeFile(t, dir, "ca.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Certificate().Raw}))
		writeFile(t, dir, "secret", []byte("s3 cret:\n"))
	}
}

func withIntrospection(url string) string {
	return `access:
  issuers:
    - url: ` + loginURL + `
      introspection: {url: "` + url + `/introspect", client_id: "registry:1", secret_file: secret, ca: ca.pem}
consult:
  callers:
    - {name: school, client: {issuer: "` + loginURL + `", id: school-app}` + may
}

func TestIntrospection(t *testing.T) {
	server := newAsked(t)
	d := newDoor(t, withIntrospection(server.URL), server.authority(t))
	now := d.clock.Now()
	said := func(edit func(map[string]any)) map[string]any {
		claims := map[string]any{
			"active": true, "client_id": "school-app", "aud": issuertest.URL, "exp": now.Add(time.Hour).Unix(),
			"cnf": map[string]any{"jkt": d.key.Thumbprint(t)},
		}
		edit(claims)
		return claims
	}
	good := said(func(map[string]any) {})
	server.say(func(w http.ResponseWriter, r *http.Request) {
		id, secret, _ := r.BasicAuth()
		if r.Method != http.MethodPost || r.URL.Path != "/introspect" || r.FormValue("token") != "opaque" || id != "registry%3A1" || secret != "s3+cret%3A" {
			t.Errorf("%s %s, %v, %s %s", r.Method, r.URL, r.Form, id, secret)
		}
		json.NewEncoder(w).Encode(good)
	})
	for range 3 { // asked once
		d.lets(d.bound("opaque"), "school")
	}
	if n := server.count.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
	for name, document := range map[string]any{
		"not active":       map[string]any{"active": false},
		"another audience": said(func(c map[string]any) { c["aud"] = "https://other.example" }),
		"no audience":      said(func(c map[string]any) { delete(c, "aud") }),
		"another issuer":   said(func(c map[string]any) { c["iss"] = "https://evil.example" }),
		"expired":          said(func(c map[string]any) { c["exp"] = now.Add(-time.Minute).Unix() }),
		"no end":           said(func(c map[string]any) { delete(c, "exp") }),
		"another client":   said(func(c map[string]any) { c["client_id"] = "other-app" }),
		"not bound":        said(func(c map[string]any) { delete(c, "cnf") }),
	} {
		server.sayJSON(t, document)
		d.denies(name, d.bound(name), access.CodeInvalidToken)
	}
	d.clock.Advance(30 * time.Second)
	server.sayJSON(t, map[string]any{"active": false})
	d.denies("taken back since", d.bound("opaque"), access.CodeInvalidToken)
	before := server.count.Load()
	d.denies("a JWT that names another issuer", d.bound(d.token()), access.CodeInvalidToken)
	if n := server.count.Load(); n != before+1 { // it names this one
		t.Errorf("asked %d times", n-before)
	}
	d.denies("a JWT of another issuer", d.bound(d.token(claim("iss", "https://evil.example"))), access.CodeInvalidToken)
	if n := server.count.Load(); n != before+1 {
		t.Error("a token was shown to somebody whose it is not")
	}
}

// TestRememberedNoLongerThanGood: what a server said is not remembered beyond the
// end of the token.
func TestRememberedNoLongerThanGood(t *testing.T) {
	server := newAsked(t)
	d := newDoor(t, strings.Replace(withIntrospection(server.URL), "ca: ca.pem}", "ca: ca.pem, cache: 5m}", 1), server.authority(t))
	server.sayJSON(t, map[string]any{
		"active": true, "client_id": "school-app", "aud": issuertest.URL, "exp": d.clock.Now().Add(time.Minute).Unix(),
		"cnf": map[string]any{"jkt": d.key.Thumbprint(t)},
	})
	d.lets(d.bound("opaque"), "school")
	d.clock.Advance(time.Minute + 30*time.Second)
	d.denies("after its end", d.bound("opaque"), access.CodeInvalidToken)
	if n := server.count.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

// TestSlowServer: nobody waits longer for a server than for the request.
func TestSlowServer(t *testing.T) {
	server := newAsked(t)
	d := newDoor(t, withIntrospection(server.URL), server.authority(t))
	ctx, cancel := context.WithCancel(t.Context())
	server.say(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // a server that has not read it all does not see the client go
		cancel()
		<-r.Context().Done()
	})
	caller, err := d.Caller(d.bound("opaque").WithContext(ctx))
	if caller.Name != "" || !errors.Is(err, access.ErrUnavailable) {
		t.Errorf("%v, %v", caller, err)
	}
}

// TestServerFails: what an authorization server does wrong lets nobody in, takes
// no more than its time and memory, and puts no token or secret into the error.
func TestServerFails(t *testing.T) {
	server := newAsked(t)
	d := newDoor(t, withIntrospection(server.URL), server.authority(t))
	for name, says := range map[string]http.HandlerFunc{
		"an error":            func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"our secret is wrong": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) },
		"nothing":             func(http.ResponseWriter, *http.Request) {},
		"no JSON":             func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<html>")) },
		"no active":           func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(`{"client_id":"school-app"}`)) },
		"active, a text":      func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(`{"active":"true"}`)) },
		"active twice":        func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(`{"active":false,"active":true}`)) },
		"huge": func(w http.ResponseWriter, _ *http.Request) {
			w.Write([]byte(`{"active":true,"more":"` + strings.Repeat("x", 1<<20) + `"}`))
		},
		"somewhere else": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://evil.example/introspect", http.StatusTemporaryRedirect)
		},
		"hanging up": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		server.say(says)
		caller, err := d.Caller(d.bound("c4n4ry"))
		if caller.Name != "" || !errors.Is(err, access.ErrUnavailable) || strings.Contains(err.Error(), "c4n4ry") || strings.Contains(err.Error(), "s3") {
			t.Errorf("%s: %v, %v", name, caller, err)
		}
	}
	server.Close()
	if caller, err := d.Caller(d.bound("c4n4ry")); caller.Name != "" || !errors.Is(err, access.ErrUnavailable) {
		t.Errorf("closed: %v, %v", caller, err)
	}
}

// TestAnotherAuthority: a server whose certificate is not of the configured
// authority is told nothing.
func TestAnotherAuthority(t *testing.T) {
	server, other := newAsked(t), newAsked(t)
	server.say(func(http.ResponseWriter, *http.Request) { t.Error("it was asked") })
	wrong := func(dir string) {
		other.authority(t)(dir)
		writeFile(t, dir, "ca.pem", selfSigned(t))
	}
	d := newDoor(t, withIntrospection(server.URL), wrong)
	if caller, err := d.Caller(d.bound("opaque")); caller.Name != "" || !errors.Is(err, access.ErrUnavailable) {
		t.Errorf("%v, %v", caller, err)
	}
}

// TestIntrospectionSecret: the secret comes by any reference that a secret can
// have, and is wanted at the start.
func TestIntrospectionSecret(t *testing.T) {
	server := newAsked(t)
	server.say(func(w http.ResponseWriter, r *http.Request) {
		if _, secret, _ := r.BasicAuth(); secret != "s3+cret%3A" {
			t.Errorf("the secret is %q", secret)
		}
		w.Write([]byte(`{"active":false}`))
	})
	config := strings.Replace(withIntrospection(server.URL), "secret_file: secret", "secret_file: env:SECRET", 1)
	d := newDoor(t, config, server.authority(t))
	d.denies("not active", d.bound("opaque"), access.CodeInvalidToken)
	if n := server.count.Load(); n != 1 {
		t.Errorf("asked %d times", n)
	}
	text := strings.Replace(withIntrospection(server.URL), "secret_file: secret", "secret_file: env:OTHER", 1)
	dir := issuertest.Folder(t, 1, func(before string) string { return before + "\npurposes: [enrolment]\n" + text })
	server.authority(t)(dir)
	if _, err := d.openAt(dir, local.New(d.store, d.clock.Now), d.clock); err == nil || !strings.Contains(err.Error(), "secret_file") {
		t.Errorf("a variable that is not there: %v", err)
	}
}
