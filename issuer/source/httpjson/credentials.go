package httpjson

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/chancery-vc/chancery/internal/secretfile"
)

// ErrCredentials says that a file of credentials cannot be used.
var ErrCredentials = errors.New("the credentials for the API cannot be used")

// maxKeyFile is the most bytes that the file of a key may have.
const maxKeyFile = 64 << 10

// Files name what an API is to be shown, and what it is known by. Each may be
// empty.
type Files struct {
	Token       string // a bearer token and nothing else, mode 0600
	Certificate string // our certificate and those between it and its authority, PEM
	Key         string // its key, PEM, mode 0600
	CA          string // the authorities that the API's certificate may come from, PEM; default: the system's
}

// Credentials are what an API is shown, and what it is known by.
type Credentials struct {
	Token        func() (string, error) // nil for none
	Certificates []tls.Certificate
	Roots        *x509.CertPool // nil for the system's
}

// Load reads files. The token is read again for each request, so that another
// program can renew it.
func Load(f Files) (c Credentials, err error) {
	if f.Token != "" {
		c.Token = func() (string, error) { return readToken(f.Token) }
		if _, err := c.Token(); err != nil {
			return c, err
		}
	}
	if f.Certificate != "" {
		if c.Certificates, err = readCertificate(f.Certificate, f.Key); err != nil {
			return c, err
		}
	}
	if f.CA != "" {
		pem, err := os.ReadFile(f.CA)
		if err != nil {
			return c, fmt.Errorf("%w: %w", ErrCredentials, err)
		}
		if c.Roots = x509.NewCertPool(); !c.Roots.AppendCertsFromPEM(pem) {
			return c, fmt.Errorf("%w: %s has no certificate in PEM form", ErrCredentials, f.CA)
		}
	}
	return c, nil
}

func readCertificate(certificate, key string) ([]tls.Certificate, error) {
	chain, err := os.ReadFile(certificate)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCredentials, err)
	}
	private, err := secretfile.Read(key, maxKeyFile)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCredentials, err)
	}
	pair, err := tls.X509KeyPair(chain, private)
	if err != nil {
		return nil, fmt.Errorf("%w: %s and %s: %w", ErrCredentials, certificate, key, err)
	}
	return []tls.Certificate{pair}, nil
}

func readToken(path string) (string, error) {
	token, err := secretfile.Line(path)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrCredentials, err)
	}
	if strings.ContainsFunc(token, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return "", fmt.Errorf("%w: %s does not hold one line with a token and nothing else", ErrCredentials, path)
	}
	return token, nil
}
