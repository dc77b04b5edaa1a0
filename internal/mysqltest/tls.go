package mysqltest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"time"
)

// Authority is the file of the certificate that the server shows in TLS, which
// is its own authority, for localhost.
func (s *Server) Authority() string { return filepath.Join(s.Dir, "certificate.pem") }

func (s *Server) keyFile() string { return filepath.Join(s.Dir, "key.pem") }

// certify makes the certificate and its key.
func (s *Server) certify() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	return errors.Join(err, s.write(s.Authority(), "CERTIFICATE", certificate, 0o644), s.write(s.keyFile(), "PRIVATE KEY", private, 0o600))
}

// write writes a file of the server's in PEM.
func (s *Server) write(path, kind string, data []byte, mode os.FileMode) error {
	err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: data}), mode)
	if err != nil {
		return err
	}
	return s.Own(path)
}
