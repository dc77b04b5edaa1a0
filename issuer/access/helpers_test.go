package access_test

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer/access"
	"github.com/chancery-vc/chancery/issuer/access/accesstest"
	"github.com/chancery-vc/chancery/issuer/secret"
	"github.com/chancery-vc/chancery/issuer/singleuse"
	"github.com/chancery-vc/chancery/issuer/singleuse/local"
	"github.com/chancery-vc/chancery/issuer/store"
)

const (
	loginURL = "https://login.example"
	address  = issuertest.URL + "/v1/facts"
)

// may is what each caller of the tests may do, which is of no interest here.
const may = ", purposes: [enrolment], credentials: [birth]}\n"

// door is an authenticator, and who comes to it.
type door struct {
	testing.TB
	*access.Authenticator
	clock  *issuertest.Clock
	server accesstest.Server
	key    accesstest.Key // of the client
	store  *store.Store
	dir    string
}

// newDoor opens the door of a configuration with more text. A file in the folder
// has the keys of the server.
func newDoor(t testing.TB, more string, files ...func(dir string)) *door {
	t.Helper()
	d := &door{
		TB: t, clock: issuertest.NewClock(), key: accesstest.NewKey(t),
		server: accesstest.NewServer(t, loginURL, issuertest.URL),
		dir:    issuertest.Folder(t, 1, func(text string) string { return text + "\npurposes: [enrolment]\n" + more }),
	}
	d.write("keys.json", accesstest.JWKS(t, d.server))
	for _, file := range files {
		file(d.dir)
	}
	var err error
	if d.store, err = store.Open(filepath.Join(d.dir, "state.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.store.Close() })
	d.open()
	return d
}

// open opens it, once more as after a restart.
func (d *door) open() {
	d.Helper()
	d.Authenticator = d.openIn(local.New(d.store, d.clock.Now), d.clock)
}

// openIn opens it with a store that others may have, too, by a clock of its own.
func (d *door) openIn(used singleuse.Store, clock *issuertest.Clock) *access.Authenticator {
	d.Helper()
	a, err := d.openAt(d.dir, used, clock)
	if err != nil {
		d.Fatal(err)
	}
	return a
}

// openAt opens the door of the configuration in a folder.
func (d *door) openAt(dir string, used singleuse.Store, clock *issuertest.Clock) (*access.Authenticator, error) {
	d.Helper()
	secrets := secret.New(dir, secret.Environment{Lookup: func(name string) (string, bool) { return "s3 cret:", name == "SECRET" }})
	read := func(ctx context.Context, text string) (string, error) {
		r, err := secret.Parse(text)
		if err != nil {
			return "", err
		}
		return secrets.Line(ctx, r)
	}
	return access.Open(d.Context(), issuertest.Load(d.TB, dir), access.Environment{Now: clock.Now, Random: rand.Reader, Used: used, Secret: read})
}

func (d *door) write(name string, data []byte) {
	d.Helper()
	if err := os.WriteFile(filepath.Join(d.dir, name), data, 0o600); err != nil {
		d.Fatal(err)
	}
}

// request returns a POST with headers, of which each name can come again.
func request(headers ...string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/v1/facts", http.NoBody)
	for n := 0; n < len(headers); n += 2 {
		r.Header.Add(headers[n], headers[n+1])
	}
	return r
}

// bound returns a request with a token and a proof for it.
func (d *door) bound(token string, edits ...accesstest.Edit) *http.Request {
	d.Helper()
	return request("Authorization", "DPoP "+token, "DPoP", d.key.Proof(d.TB, d.clock.Now(), token, address, d.nonce(), edits...))
}

func (d *door) nonce() string {
	d.Helper()
	nonce, err := d.Nonce(d.Context())
	if err != nil {
		d.Fatal(err)
	}
	return nonce
}

func (d *door) token(edits ...accesstest.Edit) string {
	d.Helper()
	return d.server.Token(d.TB, d.clock.Now(), d.key, edits...)
}

// lets fails the test unless r is of the caller called name.
func (d *door) lets(r *http.Request, name string) {
	d.Helper()
	if caller, err := d.Caller(r); err != nil || caller.Name != name {
		d.Errorf("%+v, %v", caller, err)
	}
}

// denies fails the test unless r is nobody's, with this code.
func (d *door) denies(what string, r *http.Request, code string) *access.Denied {
	d.Helper()
	caller, err := d.Caller(r)
	var denied *access.Denied
	if !errors.As(err, &denied) {
		d.Errorf("%s: %+v, %v", what, caller, err)
		return &access.Denied{}
	}
	if caller.Name != "" || denied.Code != code || denied.Error() == "" {
		d.Errorf("%s: %+v, %+v: want %q", what, caller, denied, code)
	}
	return denied
}

func writeFile(t testing.TB, dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}
