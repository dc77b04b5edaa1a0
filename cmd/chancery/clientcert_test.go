package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/issuer/config"
)

// ownAuthority returns a client certificate that is its own authority.
func ownAuthority(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "client"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// TestAskForCertificates: who has none is let through, who has one of ours is
// known by it, and one of another authority ends the connection.
func TestAskForCertificates(t *testing.T) {
	ours, other := ownAuthority(t), ownAuthority(t)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TLS.VerifiedChains) > 0 {
			io.WriteString(w, r.TLS.PeerCertificates[0].Subject.CommonName)
		}
	}))
	server.Config.ErrorLog = log.New(t.Output(), "", 0)
	server.TLS = &tls.Config{}
	server.Config.TLSConfig = server.TLS
	roots := x509.NewCertPool()
	roots.AddCert(ours.Leaf)
	askForCertificates(server.Config, roots)
	server.StartTLS()
	defer server.Close()
	for _, test := range []struct {
		shown []tls.Certificate
		want  string
		fails bool
	}{{nil, "", false}, {[]tls.Certificate{ours}, "client", false}, {[]tls.Certificate{other}, "", true}} {
		config := server.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			if len(test.shown) == 0 {
				return &tls.Certificate{}, nil
			}
			return &test.shown[0], nil
		}
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: config, DisableKeepAlives: true}}
		response, err := client.Get(server.URL)
		if (err != nil) != test.fails {
			t.Errorf("%+v: %v", test, err)
		}
		if err != nil {
			continue
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || string(body) != test.want {
			t.Errorf("%+v: %q, %v", test, body, err)
		}
	}
}

// TestOtherAuthorities: a file with other authorities than those that are asked
// for is no part of a change, since connections would go by the former ones.
func TestOtherAuthorities(t *testing.T) {
	folder := t.TempDir()
	c, err := config.Parse([]byte("url: https://registry.example\nsigning_key: signing.key\nstate: state\nlisten: 127.0.0.1:1\naccess: {client_ca: ca.pem}\nsources: {s: {driver: sqlite, path: s.db}}\n"), folder)
	must(t, err)
	ours, other := ownAuthority(t), ownAuthority(t)
	asked := x509.NewCertPool()
	asked.AddCert(ours.Leaf)
	block := func(c tls.Certificate) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Leaf.Raw})
	}
	for name, test := range map[string]struct {
		holds []byte
		fixed bool
	}{
		"the same": {block(ours), false}, "another": {block(other), true}, "one more": {append(block(ours), block(other)...), true},
	} {
		must(t, os.WriteFile(filepath.Join(folder, "ca.pem"), test.holds, 0o600))
		if err := sameAuthorities(asked, c); errors.Is(err, errFixed) != test.fixed || (err != nil) != test.fixed {
			t.Errorf("%s: %v", name, err)
		}
	}
	must(t, os.WriteFile(filepath.Join(folder, "ca.pem"), nil, 0o600))
	if err := sameAuthorities(asked, c); err == nil {
		t.Error("an empty file is what was asked for")
	}
	if err := sameAuthorities(nil, &config.Config{}); err != nil {
		t.Errorf("no authorities: %v", err)
	}
}
