package timestamp

import (
	"bytes"
	"context"
	"crypto"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/digitorus/timestamp"

	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/issuer/anchor"
	"github.com/chancery-vc/chancery/issuer/anchor/anchortest"
)

func TestContract(t *testing.T) {
	root := newRoot(t, "root")
	o := options(t, newOpenSSL(t, root, newSigner(t, root), "sha256"), root)
	anchortest.Run(t, func(t *testing.T) anchor.Anchor { o.Folder = t.TempDir(); return New(o) }, func(*testing.T) anchor.Anchor { return New(o) })
}

// TestOpenSSLVerifies: what is kept is what others can check, and not what they
// cannot.
func TestOpenSSLVerifies(t *testing.T) {
	root := newRoot(t, "root")
	authority := newOpenSSL(t, root, newSigner(t, root), "sha256")
	o := options(t, authority, root)
	put(t, o, 5)
	base := filepath.Join(o.Folder, "00000000000000000005")
	verify := func() ([]byte, error) {
		return authority.run("-verify", "-in", base+".tst", "-token_in", "-data", base+".checkpoint", "-CAfile", "root.pem")
	}
	if out, err := verify(); err != nil || !strings.Contains(string(out), "Verification: OK") {
		t.Fatalf("got %v\n%s", err, out)
	}
	if err := os.WriteFile(base+".checkpoint", anchortest.Forked(5), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := verify(); err == nil {
		t.Errorf("of another checkpoint too:\n%s", out)
	}
}

// TestOpenSSLRefused: what the real authority answers to what it does not do,
// and what it stamps that is not believed.
func TestOpenSSLRefused(t *testing.T) {
	root := newRoot(t, "root")
	signer := newSigner(t, root)
	for name, c := range map[string]struct {
		hash string
		edit func(*Options)
		want string
	}{
		"a policy that it does not have":     {"sha256", func(o *Options) { o.Policy = asn1.ObjectIdentifier{1, 2, 3, 9} }, "rejected"},
		"roots of others":                    {"sha256", func(o *Options) { o.Roots = x509.NewCertPool() }, "unknown authority"},
		"the certificate named by its SHA-1": {"sha1", func(*Options) {}, "RFC 5816"},
		"a clock that is slow":               {"sha256", func(o *Options) { o.Now = func() time.Time { return time.Now().Add(-maxDrift - time.Minute) } }, "clock"},
		"a clock that is fast":               {"sha256", func(o *Options) { o.Now = func() time.Time { return time.Now().Add(maxDrift + time.Minute) } }, "clock"},
	} {
		o := options(t, newOpenSSL(t, root, signer, c.hash), root)
		c.edit(&o)
		wantRefused(t, name, o, c.want)
	}
}

// wantRefused wants a checkpoint not to be kept.
func wantRefused(t *testing.T, name string, o Options, want string) {
	t.Helper()
	err := New(o).Put(t.Context(), anchortest.Checkpoint(1))
	if !errors.Is(err, ErrToken) || !errors.Is(err, anchor.ErrRefused) || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: got %v, want %q", name, err, want)
	}
	if left, err := os.ReadDir(o.Folder); err != nil || len(left) != 0 {
		t.Errorf("%s: left %v, %v", name, left, err)
	}
}

func TestOtherPolicies(t *testing.T) {
	root := newRoot(t, "root")
	o := options(t, newOpenSSL(t, root, newSigner(t, root), "sha256"), root)
	o.Policy = asn1.ObjectIdentifier{1, 2, 3, 4, 2}
	put(t, o, 1)
	o.Policy = nil
	put(t, o, 2)
}

// TestStampsRefused: each stamp but the first is wrong in one thing.
func TestStampsRefused(t *testing.T) {
	root := newRoot(t, "root")
	certificate := func(extensions []pkix.Extension, valid time.Duration) *pair {
		return issue(t, x509.Certificate{
			Subject: pkix.Name{CommonName: "signer"}, KeyUsage: x509.KeyUsageDigitalSignature, ExtraExtensions: extensions,
			NotBefore: time.Now().Add(valid - time.Hour), NotAfter: time.Now().Add(valid),
		}, root)
	}
	good := newSigner(t, root)
	same := func(*timestamp.Timestamp) {}
	for name, c := range map[string]struct {
		signer *pair
		hash   crypto.Hash
		stamp  func(*timestamp.Timestamp)
		want   string
	}{
		"in order":             {good, crypto.SHA256, same, ""},
		"SHA-512":              {good, crypto.SHA512, same, ""},
		"another nonce":        {good, crypto.SHA256, func(s *timestamp.Timestamp) { s.Nonce = new(big.Int).Add(s.Nonce, big.NewInt(1)) }, "nonce"},
		"no nonce":             {good, crypto.SHA256, func(s *timestamp.Timestamp) { s.Nonce = nil }, "nonce"},
		"something else":       {good, crypto.SHA256, func(s *timestamp.Timestamp) { s.HashedMessage = bytes.Repeat([]byte{1}, 32) }, "something else"},
		"another hash":         {good, crypto.SHA256, func(s *timestamp.Timestamp) { s.HashAlgorithm = crypto.SHA512 }, "something else"},
		"another policy":       {good, crypto.SHA256, func(s *timestamp.Timestamp) { s.Policy = asn1.ObjectIdentifier{1, 2, 3} }, "policy 1.2.3, not 1.2.3.4.1"},
		"the past":             {good, crypto.SHA256, func(s *timestamp.Timestamp) { s.Time = time.Now().Add(-10 * time.Minute) }, "clock"},
		"the future":           {good, crypto.SHA256, func(s *timestamp.Timestamp) { s.Time = time.Now().Add(10 * time.Minute) }, "clock"},
		"no certificate":       {good, crypto.SHA256, func(s *timestamp.Timestamp) { s.AddTSACertificate = false }, "one signer"},
		"signed over SHA-1":    {good, crypto.SHA1, same, "SHA-256 or longer"},
		"for mail too":         {certificate(usage(t, true, forStamping, forMail), time.Hour), crypto.SHA256, same, "alone"},
		"for mail":             {certificate(usage(t, true, forMail), time.Hour), crypto.SHA256, same, "usage"},
		"for anything":         {certificate(nil, time.Hour), crypto.SHA256, same, "alone"},
		"not critically":       {certificate(usage(t, false, forStamping), time.Hour), crypto.SHA256, same, "alone"},
		"expired":              {certificate(usage(t, true, forStamping), -time.Minute), crypto.SHA256, same, "outside of"},
		"not yet valid":        {certificate(usage(t, true, forStamping), 2*time.Hour), crypto.SHA256, same, "outside of"},
		"of another authority": {newSigner(t, newRoot(t, "another")), crypto.SHA256, same, "unknown authority"},
		"of one with the name": {newSigner(t, newRoot(t, "root")), crypto.SHA256, same, "unknown authority"},
		"by itself":            {newRoot(t, "itself"), crypto.SHA256, same, "unknown authority"},
	} {
		o := options(t, stamped(t, c.signer, c.hash, c.stamp), root)
		if c.want == "" {
			put(t, o, 1)
			continue
		}
		wantRefused(t, name, o, c.want)
	}
}

// TestExchangedCertificate: a certificate for the same key, with the same issuer
// and number, does not take the place of the one that the signature names.
func TestExchangedCertificate(t *testing.T) {
	root := newRoot(t, "root")
	template := x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "signer"}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtraExtensions: usage(t, true, forStamping), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	signer := issue(t, template, root)
	template.NotAfter = time.Now().Add(10 * time.Hour)
	other := certify(t, template, signer.key, root)
	for len(other.Raw) != len(signer.certificate.Raw) { // which signatures make vary
		other = certify(t, template, signer.key, root)
	}
	real := stamped(t, signer, crypto.SHA256, func(*timestamp.Timestamp) {})
	wantRefused(t, "exchanged", options(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorder := httptest.NewRecorder()
		real(recorder, r)
		w.Header().Set("Content-Type", typeReply)
		w.Write(bytes.Replace(recorder.Body.Bytes(), signer.certificate.Raw, other.Raw, 1))
	}), root), "another certificate")
}

// TestReplayed: an answer to an earlier request, even for the same checkpoint,
// is none to this one.
func TestReplayed(t *testing.T) {
	root := newRoot(t, "root")
	authority := newOpenSSL(t, root, newSigner(t, root), "sha256")
	var first []byte
	replaying := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if first == nil {
			recorder := httptest.NewRecorder()
			authority.ServeHTTP(recorder, r)
			first = recorder.Body.Bytes()
		}
		w.Header().Set("Content-Type", typeReply)
		w.Write(first)
	})
	o := options(t, replaying, root)
	put(t, o, 1)
	o.Folder = t.TempDir()
	wantRefused(t, "the same checkpoint", o, "nonce")
	if err := New(o).Put(t.Context(), anchortest.Checkpoint(2)); !errors.Is(err, ErrToken) {
		t.Errorf("another checkpoint: got %v", err)
	}
}

func TestHTTPFaults(t *testing.T) {
	root := newRoot(t, "root")
	answer := func(contentType string, body io.Reader) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			io.Copy(w, body)
		}
	}
	for name, c := range map[string]struct {
		handler http.HandlerFunc
		want    error
	}{
		"not found":     {http.NotFound, web.ErrStatus},
		"a web page":    {answer("text/html", strings.NewReader("<html>")), ErrToken},
		"nothing":       {answer(typeReply, strings.NewReader("")), ErrToken},
		"not DER":       {answer(typeReply, strings.NewReader("hello")), ErrToken},
		"without end":   {answer(typeReply, bytes.NewReader(make([]byte, 1<<20))), web.ErrTooLarge},
		"a hung server": {func(_ http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body); <-r.Context().Done() }, context.DeadlineExceeded},
	} {
		o := options(t, c.handler, root)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		if err := New(o).Put(ctx, anchortest.Checkpoint(1)); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v", name, err)
		}
		cancel()
	}
}

func TestUnreachable(t *testing.T) {
	root := newRoot(t, "root")
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	o := options(t, http.NotFoundHandler(), root)
	o.URL, o.Client = server.URL, web.NewClient(nil, time.Minute)
	var unknown x509.UnknownAuthorityError
	if err := New(o).Put(t.Context(), anchortest.Checkpoint(1)); !errors.As(err, &unknown) {
		t.Errorf("a certificate of nobody: got %v", err)
	}
	server.Close()
	if err := New(o).Put(t.Context(), anchortest.Checkpoint(1)); err == nil || !strings.Contains(err.Error(), "refused") || errors.Is(err, ErrToken) {
		t.Errorf("nobody there: got %v", err)
	}
}

// TestNoRandomness: no request goes out with a nonce that somebody can guess.
func TestNoRandomness(t *testing.T) {
	o := options(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it asked") }), newRoot(t, "root"))
	o.Random = strings.NewReader("")
	if err := New(o).Put(t.Context(), anchortest.Checkpoint(1)); !errors.Is(err, io.EOF) {
		t.Errorf("got %v", err)
	}
}
