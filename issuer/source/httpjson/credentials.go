package httpjson

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// ErrCredentials says that a file of credentials cannot be used.
var ErrCredentials = errors.New("the credentials for the API cannot be used")

const maxFile = 64 << 10

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
		pem, err := readFile(f.CA, false)
		if err != nil {
			return c, err
		}
		if c.Roots = x509.NewCertPool(); !c.Roots.AppendCertsFromPEM(pem) {
			return c, fmt.Errorf("%w: %s has no certificate in PEM form", ErrCredentials, f.CA)
		}
	}
	return c, nil
}

func readCertificate(certificate, key string) ([]tls.Certificate, error) {
	chain, err := readFile(certificate, false)
	if err != nil {
		return nil, err
	}
	private, err := readFile(key, true)
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(chain, private)
	if err != nil {
		return nil, fmt.Errorf("%w: %s and %s: %w", ErrCredentials, certificate, key, err)
	}
	return []tls.Certificate{pair}, nil
}

func readToken(path string) (string, error) {
	data, err := readFile(path, true)
	if err != nil {
		return "", err
	}
	token := strings.TrimSuffix(string(data), "\n")
	if token == "" || strings.ContainsFunc(token, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return "", fmt.Errorf("%w: %s does not hold one line with a token and nothing else", ErrCredentials, path)
	}
	return token, nil
}

// readFile reads a file; a secret one only if nobody but its owner can.
func readFile(path string, secret bool) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCredentials, err)
	}
	defer file.Close()
	info, err := file.Stat() // of the open file: no other can take its place
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCredentials, err)
	}
	if mode := info.Mode().Perm(); secret && mode&^0o600 != 0 {
		return nil, fmt.Errorf("%w: %s has mode %04o, so that others can read or write it; run: chmod 600 %s", ErrCredentials, path, mode, path)
	}
	data, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCredentials, err)
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("%w: %s has more than %d bytes", ErrCredentials, path, maxFile)
	}
	return data, nil
}
