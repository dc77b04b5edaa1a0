package httpjson

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/issuer/source"
)

// TestToken: the token is shown, and renewed in its file it is shown anew.
func TestToken(t *testing.T) {
	path := write(t, "token", 0o600, []byte("first\n"))
	credentials, err := Load(t.Context(), Files{Token: path})
	if err != nil {
		t.Fatal(err)
	}
	want := "Bearer first"
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != want {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		jsonAnswer(`{"k":"a","v":"1"}`)(w, r)
	})
	o := serve(t, handler, things())
	o.Credentials.Token = credentials.Token
	s := mustCompile(t, mustOpen(t, o), thing)
	wantAnswered := func() {
		t.Helper()
		if got, err := s.Lookup(t.Context(), "a"); err != nil || got["v"] != "1" {
			t.Errorf("got %v, %v", got, err)
		}
	}
	wantAnswered()
	want = "Bearer second"
	if _, err := s.Lookup(t.Context(), "a"); !errors.Is(err, source.ErrUnavailable) || !strings.Contains(err.Error(), "401") {
		t.Errorf("the old one: %v", err)
	}
	if err := os.WriteFile(path, []byte("second"), 0o600); err != nil {
		t.Fatal(err)
	}
	wantAnswered()
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Lookup(t.Context(), "a"); !errors.Is(err, source.ErrUnavailable) || !errors.Is(err, ErrCredentials) {
		t.Errorf("without a token: %v", err)
	}
}

// identity makes a certificate that signs itself, and its key.
func identity(t *testing.T, name string) (certificate, key []byte, parsed *x509.Certificate) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}, BasicConstraintsValid: true, IsCA: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err = x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return certificatePEM(der), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), parsed
}

// TestMutualTLS: an API that wants a certificate gets ours, and one that is not
// from the named authorities gets nothing at all.
func TestMutualTLS(t *testing.T) {
	certificate, key, parsed := identity(t, "chancery")
	asked := 0
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		jsonAnswer(`{"k":"a","v":"`+r.TLS.PeerCertificates[0].Subject.CommonName+`"}`)(w, r)
	}))
	clients := x509.NewCertPool()
	clients.AddCert(parsed)
	server.TLS = &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: clients, MinVersion: tls.VersionTLS13}
	server.Config.ErrorLog = quiet
	server.StartTLS()
	defer server.Close()
	files := Files{
		Certificate: write(t, "c.pem", 0o644, certificate), Key: write(t, "k.pem", 0o600, key),
		CA: certificatePEM(server.Certificate().Raw),
	}
	try := func(f Files) (source.Record, error) {
		t.Helper()
		credentials, err := Load(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		o := Options{URL: server.URL, Credentials: credentials, Timeout: 5 * time.Second, MaxBytes: 1 << 10, Resources: things()}
		return mustCompile(t, mustOpen(t, o), thing).Lookup(t.Context(), "a")
	}
	if got, err := try(files); err != nil || got["v"] != "chancery" {
		t.Errorf("got %v, %v", got, err)
	}
	asked = 0
	if got, err := try(Files{CA: files.CA}); got != nil || !errors.Is(err, source.ErrUnavailable) {
		t.Errorf("without a certificate: got %v, %v", got, err)
	}
	untrusted := files
	untrusted.CA = certificate
	if got, err := try(untrusted); got != nil || !errors.Is(err, source.ErrUnavailable) || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("another authority: got %v, %v", got, err)
	}
	if asked != 0 {
		t.Errorf("%d were answered", asked)
	}
}

func TestLoadRefuses(t *testing.T) {
	certificate, key, _ := identity(t, "a")
	_, otherKey, _ := identity(t, "b")
	good := write(t, "c.pem", 0o644, certificate)
	for name, c := range map[string]struct {
		files Files
		says  string
	}{
		"no token":                 {Files{Token: "/nonexistent/token"}, "token"},
		"a token for everybody":    {Files{Token: write(t, "token", 0o640, []byte("a"))}, "chmod 600"},
		"an empty token":           {Files{Token: write(t, "token", 0o600, []byte("\n"))}, "one line"},
		"two tokens":               {Files{Token: write(t, "token", 0o600, []byte("a\nb"))}, "one line"},
		"a token with blanks":      {Files{Token: write(t, "token", 0o600, []byte("a b"))}, "one line"},
		"a large token":            {Files{Token: write(t, "token", 0o600, bytes.Repeat([]byte("a"), 9<<10))}, "bytes"},
		"a folder":                 {Files{Certificate: t.TempDir(), Key: write(t, "k", 0o600, key)}, "directory"},
		"a key for everybody":      {Files{Certificate: good, Key: write(t, "k", 0o644, key)}, "chmod 600"},
		"another key":              {Files{Certificate: good, Key: write(t, "k", 0o600, otherKey)}, "private key"},
		"no certificate":           {Files{Certificate: "/nonexistent/c.pem", Key: write(t, "k", 0o600, key)}, "c.pem"},
		"no key":                   {Files{Certificate: good, Key: "/nonexistent/k.pem"}, "k.pem"},
		"an authority of no kind":  {Files{CA: []byte("hello")}, "PEM"},
		"a certificate of no kind": {Files{Certificate: write(t, "c", 0o644, []byte("hello")), Key: write(t, "k", 0o600, key)}, "PEM"},
	} {
		if _, err := Load(t.Context(), c.files); !errors.Is(err, ErrCredentials) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want an error that says %s", name, err, c.says)
		}
	}
}
