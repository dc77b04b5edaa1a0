package access_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/issuertest"
	"github.com/chancery-vc/chancery/issuer/access"
)

// authority signs client certificates.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// newCertificate returns a certificate by parent, or by itself.
func newCertificate(t testing.TB, parent *authority, name pkix.Name, notAfter time.Time) authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: name, NotBefore: issuertest.NewClock().Now().Add(-time.Hour), NotAfter: notAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	by, signer := template, key
	if parent != nil {
		by, signer = parent.certificate, parent.key
	} else {
		template.IsCA, template.BasicConstraintsValid, template.KeyUsage, template.ExtKeyUsage = true, true, x509.KeyUsageCertSign, nil
	}
	der, err := x509.CreateCertificate(rand.Reader, template, by, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return authority{certificate, key}
}

func (a authority) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw})
}

func selfSigned(t testing.TB) []byte {
	t.Helper()
	return newCertificate(t, nil, pkix.Name{CommonName: "another authority"}, time.Now().Add(time.Hour)).pem()
}

// shows returns r as TLS leaves it that has held the certificate of a against its
// authorities.
func shows(r *http.Request, a authority) *http.Request {
	chain := []*x509.Certificate{a.certificate}
	r.TLS = &tls.ConnectionState{PeerCertificates: chain, VerifiedChains: [][]*x509.Certificate{chain}}
	return r
}

func TestCertificates(t *testing.T) {
	end := issuertest.NewClock().Now().Add(24 * time.Hour)
	root := newCertificate(t, nil, pkix.Name{CommonName: "authority"}, end)
	school := newCertificate(t, &root, pkix.Name{CommonName: "school, north"}, end)
	clinic := newCertificate(t, &root, pkix.Name{CommonName: "clinic", Organization: []string{"Health"}}, end)
	other := newCertificate(t, &root, pkix.Name{CommonName: "clinic"}, end)
	sum := sha256.Sum256(school.certificate.Raw)
	d := newDoor(t, `access: {client_ca: clients.pem}
consult:
  callers:
    - {name: school, certificate: {sha256: `+hex.EncodeToString(sum[:])+`}`+may+
		`    - {name: clinic, certificate: {subject: "CN=clinic,O=Health"}`+may,
		func(dir string) { writeFile(t, dir, "clients.pem", root.pem()) })
	d.lets(shows(request(), school), "school")
	d.lets(shows(request(), clinic), "clinic")
	d.denies("another of the authority", shows(request(), other), access.CodeNone)
	d.denies("none", request(), access.CodeNone)
	unverified := shows(request(), school)
	unverified.TLS.VerifiedChains = nil
	d.denies("one that TLS did not verify", unverified, access.CodeNone)
	d.denies("one in a header", request("X-Client-Cert", string(bytes.ReplaceAll(school.pem(), []byte("\n"), nil))), access.CodeNone)
	d.denies("one and a token", shows(request("Authorization", "Bearer x"), school), access.CodeInvalidToken)
	d.clock.Advance(24*time.Hour + time.Second)
	d.denies("one that has expired since", shows(request(), school), access.CodeNone)
	if d.ClientAuthorities() == nil {
		t.Error("TLS has no authorities")
	}
}

// TestCertificateBound: a token that is bound to a certificate is good with it
// alone, by Bearer (RFC 8705, section 3).
func TestCertificateBound(t *testing.T) {
	end := issuertest.NewClock().Now().Add(24 * time.Hour)
	root := newCertificate(t, nil, pkix.Name{CommonName: "authority"}, end)
	mine := newCertificate(t, &root, pkix.Name{CommonName: "school"}, end)
	thief := newCertificate(t, &root, pkix.Name{CommonName: "school"}, end)
	d := newDoor(t, strings.Replace(withLogin, "access:\n", "access:\n  client_ca: clients.pem\n", 1), func(dir string) { writeFile(t, dir, "clients.pem", root.pem()) })
	sum := sha256.Sum256(mine.certificate.Raw)
	hash := base64.RawURLEncoding.EncodeToString(sum[:])
	token := d.token(claim("cnf", map[string]any{"x5t#S256": hash}))
	r := func() *http.Request { return request("Authorization", "Bearer "+token) }
	d.lets(shows(r(), mine), "school")
	d.denies("another certificate", shows(r(), thief), access.CodeInvalidToken)
	d.denies("no certificate", r(), access.CodeInvalidToken)
	d.denies("by DPoP", shows(d.bound(token), mine), access.CodeInvalidToken)
	both := d.token(claim("cnf", map[string]any{"x5t#S256": hash, "jkt": d.key.Thumbprint(t)}))
	d.lets(shows(d.bound(both), mine), "school")
	d.denies("one of two", d.bound(both), access.CodeInvalidToken)
	d.denies("the other of two", shows(request("Authorization", "Bearer "+both), mine), access.CodeInvalidToken)
}
