package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
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
