package web_test

import (
	"crypto/rand"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/web"
)

// files are a certificate's, in a folder of the test.
type files struct {
	*testing.T
	chain, key string
	now        time.Time
	log        strings.Builder
}

func newFiles(t *testing.T) *files {
	dir := t.TempDir()
	f := &files{T: t, chain: filepath.Join(dir, "c.pem"), key: filepath.Join(dir, "k.pem"), now: time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)}
	f.renew("first.example", true)
	return f
}

// renew writes a new certificate, with its key or without, as of now.
func (f *files) renew(host string, withKey bool) {
	f.Helper()
	certificate, key, err := web.SelfSigned(host, f.now, rand.Reader)
	if err != nil {
		f.Fatal(err)
	}
	f.write(f.chain, certificate)
	if withKey {
		f.write(f.key, key)
	}
}

func (f *files) write(path string, data []byte) {
	f.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		f.Fatal(err)
	}
	if err := os.Chtimes(path, f.now, f.now); err != nil {
		f.Fatal(err)
	}
}

func (f *files) load() *web.Certificate {
	f.Helper()
	c, err := web.LoadCertificate(f.chain, f.key, func() time.Time { return f.now }, slog.New(slog.NewTextHandler(&f.log, nil)))
	if err != nil {
		f.Fatal(err)
	}
	return c
}

func (f *files) serves(c *web.Certificate, host string) {
	f.Helper()
	pair, err := c.Get(nil)
	if err != nil || pair.Leaf.Subject.CommonName != host {
		f.Fatalf("it serves %v, not %s: %v", pair.Leaf.Subject, host, err)
	}
}

func TestCertificateIsRenewed(t *testing.T) {
	f := newFiles(t)
	c := f.load()
	f.serves(c, "first.example")
	f.now = f.now.Add(30 * time.Second)
	f.renew("second.example", true)
	f.serves(c, "first.example") // not looked at yet
	before := c.Expires()
	f.now = f.now.Add(time.Minute)
	if after := c.Expires(); !after.After(before) {
		t.Errorf("it expires at %s, and renewed at %s", before, after)
	}
	f.serves(c, "second.example")
	if !strings.Contains(f.log.String(), "was renewed") {
		t.Errorf("the log: %s", f.log.String())
	}
}

// TestCertificateHalfRenewed: what was read before stays until chain and key
// fit again.
func TestCertificateHalfRenewed(t *testing.T) {
	f := newFiles(t)
	c := f.load()
	for _, spoil := range []func(){
		func() { f.renew("second.example", false) },
		func() { f.write(f.chain, []byte("half of a fi")) },
		func() { os.Remove(f.chain) },
	} {
		f.log.Reset()
		f.now = f.now.Add(2 * time.Minute)
		spoil()
		f.serves(c, "first.example")
		if !strings.Contains(f.log.String(), "was not renewed") {
			t.Errorf("the log: %s", f.log.String())
		}
	}
	f.now = f.now.Add(2 * time.Minute)
	f.renew("third.example", true)
	f.serves(c, "third.example")
}

func TestNoCertificate(t *testing.T) {
	f := newFiles(t)
	if c, err := web.LoadCertificate(f.chain, f.chain, time.Now, slog.Default()); err == nil {
		t.Errorf("a chain for a key: %+v", c)
	}
	if _, err := web.LoadCertificate(f.chain+".none", f.key, time.Now, slog.Default()); err == nil || !strings.Contains(err.Error(), ".none") {
		t.Errorf("no file: %v", err)
	}
}
