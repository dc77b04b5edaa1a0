package s3_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/secretfile"
	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/issuer/anchor"
	"github.com/chancery-vc/chancery/issuer/anchor/anchortest"
	"github.com/chancery-vc/chancery/issuer/anchor/s3"
)

// played is a store that a test plays: what it answers to each method.
type played struct {
	put  http.Header // of PUT
	head http.Header // of HEAD
	list string      // the XML of a listing
}

const emptyList = `<ListVersionsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>false</IsTruncated></ListVersionsResult>`

func (p played) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	header := p.head
	if r.Method == http.MethodPut {
		header = p.put
	}
	for name, values := range header {
		w.Header()[name] = values
	}
	switch r.Method {
	case http.MethodHead:
		w.Header().Set("Last-Modified", "Wed, 01 Jul 2026 12:00:00 GMT")
		w.Header().Set("ETag", `"0"`)
	case http.MethodPut:
		w.Header().Set("ETag", `"0"`)
	default:
		io.WriteString(w, p.list)
	}
}

// playedBy returns the options of a store that handler plays.
func playedBy(t testing.TB, handler http.Handler) s3.Options {
	t.Helper()
	server := httptest.NewTLSServer(handler)
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("a secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return s3.Options{
		URL: server.URL, Bucket: "log", Region: "r", Prefix: "p", AccessKey: "a", SecretFile: secret, Retention: retention,
		Transport: web.NewClient(roots, time.Minute).Transport, Own: anchortest.Own, Now: time.Now,
	}
}

func lock(mode string, until time.Duration) http.Header {
	return http.Header{"X-Amz-Object-Lock-Mode": {mode}, "X-Amz-Object-Lock-Retain-Until-Date": {time.Now().Add(until).UTC().Format(time.RFC3339)}}
}

// TestStoreThatDoesNotLock: a store that takes an object and does not lock it,
// as one does that does not know the headers, has not kept it.
func TestStoreThatDoesNotLock(t *testing.T) {
	version := http.Header{"X-Amz-Version-Id": {"1"}}
	for name, c := range map[string]struct {
		put, head http.Header
		want      string
	}{
		"locked":                {version, lock("COMPLIANCE", retention+time.Minute), ""},
		"without versions":      {nil, lock("COMPLIANCE", retention+time.Minute), "no versions"},
		"versions suspended":    {http.Header{"X-Amz-Version-Id": {"null"}}, lock("COMPLIANCE", retention+time.Minute), "no versions"},
		"not locked":            {version, nil, "not locked"},
		"in governance mode":    {version, lock("GOVERNANCE", retention+time.Minute), "not locked"},
		"for less time":         {version, lock("COMPLIANCE", retention/2), "not locked"},
		"until what is no time": {version, http.Header{"X-Amz-Object-Lock-Mode": {"COMPLIANCE"}, "X-Amz-Object-Lock-Retain-Until-Date": {"tomorrow"}}, "not locked"},
	} {
		err := open(t, playedBy(t, played{c.put, c.head, emptyList})).Put(t.Context(), anchortest.Checkpoint(1))
		if c.want == "" && err != nil || c.want != "" && (!errors.Is(err, anchor.ErrRefused) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestFaults(t *testing.T) {
	page := strings.Repeat("x", 1<<20)
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		want    string
	}{
		"an error": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			io.WriteString(w, `<Error><Code>AccessDenied</Code><Message>no</Message></Error>`)
		}, "let the account"},
		"a fault":    {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }, "503"},
		"a web page": {func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>") }, "list log"},
		"without end": {func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, "<ListVersionsResult><Name>")
			for r.Context().Err() == nil {
				if _, err := io.WriteString(w, page); err != nil {
					return
				}
			}
		}, "list log"},
		"hung": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "deadline"},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		if err := open(t, playedBy(t, c.handler)).Put(ctx, anchortest.Checkpoint(1)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v", name, err)
		}
		cancel()
	}
}

func TestUnreachable(t *testing.T) {
	o := playedBy(t, http.NotFoundHandler())
	o.URL = "https://127.0.0.1:1"
	if _, err := open(t, o).Newest(t.Context()); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("got %v", err)
	}
}

// TestSecretFile: the key is read anew each time, and a file that others can
// read is refused.
func TestSecretFile(t *testing.T) {
	asked := 0
	o := playedBy(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		if authorization := r.Header.Get("Authorization"); !strings.HasPrefix(authorization, "AWS4-HMAC-SHA256 Credential=a/") || strings.Contains(fmt.Sprint(r.Header), "a secret") {
			t.Errorf("it was asked with %s", authorization)
		}
		io.WriteString(w, emptyList)
	}))
	a := open(t, o)
	if _, err := a.Newest(t.Context()); !errors.Is(err, anchor.ErrNone) || asked != 1 {
		t.Fatalf("got %v, asked %d times", err, asked)
	}
	if err := os.Chmod(o.SecretFile, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Newest(t.Context()); !errors.Is(err, secretfile.ErrMode) {
		t.Errorf("open to others: got %v", err)
	}
	if err := os.Remove(o.SecretFile); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Newest(t.Context()); !errors.Is(err, fs.ErrNotExist) || asked != 1 {
		t.Errorf("gone: got %v, asked %d times", err, asked)
	}
}
