package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// serve starts a TLS server and returns its address and a pool that trusts it.
func serve(t *testing.T, handler http.HandlerFunc) (string, *x509.CertPool) {
	t.Helper()
	server := httptest.NewTLSServer(handler)
	t.Cleanup(server.Close)
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	return server.URL, pool
}

func TestGet(t *testing.T) {
	address, pool := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("0123456789")) })
	client := NewClient(pool, time.Minute)
	if body, err := Get(t.Context(), client, address, 10); err != nil || string(body) != "0123456789" {
		t.Errorf("at the cap: got %q, %v", body, err)
	}
	if body, err := Get(t.Context(), client, address, 9); !errors.Is(err, ErrTooLarge) || body != nil {
		t.Errorf("above the cap: got %q, %v", body, err)
	}
}

func TestCompressedAnswerIsCappedAsItIsRead(t *testing.T) {
	zeros := compressed(t, 1<<20)
	address, pool := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(zeros)
	})
	if _, err := Get(t.Context(), NewClient(pool, time.Minute), address, 64<<10); !errors.Is(err, ErrTooLarge) {
		t.Errorf("got %v", err)
	}
}

func TestGetWantsStatus200(t *testing.T) {
	address, pool := serve(t, http.NotFound)
	if _, err := Get(t.Context(), NewClient(pool, time.Minute), address, 100); !errors.Is(err, ErrStatus) {
		t.Errorf("got %v", err)
	}
}

func TestPlainHTTPIsRefused(t *testing.T) {
	asked := false
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer server.Close()
	if _, err := Get(t.Context(), NewClient(nil, time.Minute), server.URL, 100); !errors.Is(err, ErrInsecure) {
		t.Errorf("got %v", err)
	}
	if asked {
		t.Error("the server was asked in the clear")
	}
}

func TestRedirects(t *testing.T) {
	elsewhere, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("elsewhere")) })
	plain := strings.Replace(elsewhere, "https", "http", 1)
	address, pool := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/here":
			http.Redirect(w, r, "/end", http.StatusFound)
		case "/away":
			http.Redirect(w, r, elsewhere, http.StatusFound)
		case "/plain":
			http.Redirect(w, r, plain, http.StatusMovedPermanently)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusTemporaryRedirect)
		default:
			w.Write([]byte("end"))
		}
	})
	client := NewClient(pool, time.Minute)
	if body, err := Get(t.Context(), client, address+"/here", 100); err != nil || string(body) != "end" {
		t.Errorf("within the origin: got %q, %v", body, err)
	}
	for _, path := range []string{"/away", "/plain", "/loop"} {
		if body, err := Get(t.Context(), client, address+path, 100); !errors.Is(err, ErrRedirect) {
			t.Errorf("%s: got %q, %v", path, body, err)
		}
	}
	response, err := client.Post(address+"/here", "text/plain", strings.NewReader("secret"))
	if !errors.Is(err, ErrRedirect) {
		t.Errorf("a POST: got %v, %v", response, err)
	}
}

func TestUnknownCertificateIsRefused(t *testing.T) {
	address, pool := serve(t, func(http.ResponseWriter, *http.Request) {})
	var unknown *tls.CertificateVerificationError
	if _, err := Get(t.Context(), NewClient(nil, time.Minute), address, 100); !errors.As(err, &unknown) {
		t.Errorf("got %v", err)
	}
	if _, err := Get(t.Context(), NewClient(pool, time.Minute), address, 100); err != nil {
		t.Errorf("with its root: %v", err)
	}
}

func TestSlowServerEndsInTime(t *testing.T) {
	release := make(chan struct{})
	address, pool := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.(http.Flusher).Flush() // the header comes at once, the body never
		<-release                // not when the client leaves: it could take that for the end
	})
	defer close(release)
	if _, err := Get(t.Context(), NewClient(pool, 200*time.Millisecond), address, 100); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.TLS = &tls.Config{MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}
	server.StartTLS()
	defer server.Close()
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	_, err := Get(t.Context(), NewClient(pool, time.Minute), server.URL, 100)
	if err == nil || errors.Is(err, ErrStatus) {
		t.Errorf("got %v", err)
	}
}

func TestRoots(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("ok")) }))
	defer server.Close()
	pool, err := Roots(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	if err != nil {
		t.Fatal(err)
	}
	if body, err := Get(t.Context(), NewClient(pool, time.Minute), server.URL, 100); err != nil || !bytes.Equal(body, []byte("ok")) {
		t.Errorf("got %q, %v", body, err)
	}
	for _, text := range []string{"", "-----BEGIN CERTIFICATE-----\n", "not PEM"} {
		if pool, err := Roots([]byte(text)); err == nil || pool != nil {
			t.Errorf("%q was taken for a certificate", text)
		}
	}
}

func TestOrigin(t *testing.T) {
	for text, want := range map[string]string{
		"https://Example.org/a?b":     "https://example.org",
		"https://example.org:443/":    "https://example.org",
		"https://example.org:8443/":   "https://example.org:8443",
		"http://example.org:443/":     "http://example.org:443",
		"https://[::1]:443/":          "https://[::1]",
		"https://user@example.org/#a": "https://example.org",
	} {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := Origin(u); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

// compressed returns size zero bytes in gzip form.
func compressed(t *testing.T, size int) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(make([]byte, size)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
