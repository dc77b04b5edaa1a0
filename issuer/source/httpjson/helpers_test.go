package httpjson

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/issuer/source"
)

var now = time.Date(2026, 11, 22, 9, 30, 0, 0, time.FixedZone("", 3600))

// serve returns the options for an API that answers over TLS by handler.
func serve(t testing.TB, handler http.Handler, resources map[string]Resource) Options {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = quiet
	server.StartTLS()
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	return Options{
		URL: server.URL, Credentials: Credentials{Roots: roots}, Timeout: 10 * time.Second, MaxBytes: 1 << 20,
		Resources: resources, Now: func() time.Time { return now }, Random: rand.Reader,
	}
}

func mustOpen(t testing.TB, o Options) *API {
	t.Helper()
	a, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	return a
}

func mustCompile(t testing.TB, a *API, r source.Relation) *Source {
	t.Helper()
	s, err := a.Source(r)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// answering serves one answer, whatever is asked.
func answering(status int, mediaType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", mediaType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func jsonAnswer(body string) http.HandlerFunc {
	return answering(http.StatusOK, "application/json", body)
}

// things is a resource whose records have a key, k, and a value, v.
func things() map[string]Resource {
	return map[string]Resource{"things": {
		Get: "/things/{key}", Key: "k", None: None{Status: []int{404}},
		Columns: map[string]Column{"k": {At: "/k"}, "v": {At: "/v"}},
	}}
}

var thing = source.Relation{Table: "things", Key: "k", Columns: []string{"v"}}

// lookup asks an API that handler is for one thing.
func lookup(t *testing.T, handler http.Handler, key string, change ...func(*Options)) (source.Record, error) {
	t.Helper()
	o := serve(t, handler, things())
	for _, c := range change {
		c(&o)
	}
	return mustCompile(t, mustOpen(t, o), thing).Lookup(t.Context(), key)
}

// write makes a file in a folder of its own.
func write(t *testing.T, name string, mode os.FileMode, text []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, text, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func certificatePEM(der []byte) []byte {
	var b bytes.Buffer
	_ = pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: der})
	return b.Bytes()
}

func quote(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}
