package httpjson

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/chancery-vc/chancery/issuer/secret"
)

// ErrCredentials says that a file of credentials cannot be used.
var ErrCredentials = errors.New("the credentials for the API cannot be used")

// maxKeyFile is the most bytes that the file of a key may have.
const maxKeyFile = 64 << 10

// Files name what an API is to be shown, and what it is known by. Each may be
// empty.
type Files struct {
	Secrets     *secret.Store // reads Token and Key; nil for one that knows files alone
	Token       string        // reference to a bearer token and nothing else
	Certificate string        // our certificate and those between it and its authority, PEM
	Key         string        // reference to its key, PEM
	CA          []byte        // the authorities that the API's certificate may come from, PEM; nil for the system's
}

// Credentials are what an API is shown, and what it is known by.
type Credentials struct {
	Token        func(context.Context) (string, error) // nil for none
	Certificates []tls.Certificate
	Roots        *x509.CertPool // nil for the system's
}

// Load reads files. The token is read again for each request, so that another
// program can renew it.
func Load(ctx context.Context, f Files) (c Credentials, err error) {
	f.Secrets = cmp.Or(f.Secrets, secret.New("", secret.Environment{}))
	if f.Token != "" {
		c.Token = f.readToken
		if _, err := c.Token(ctx); err != nil {
			return c, err
		}
	}
	if f.Certificate != "" {
		if c.Certificates, err = f.readCertificate(ctx); err != nil {
			return c, err
		}
	}
	if f.CA != nil {
		if c.Roots = x509.NewCertPool(); !c.Roots.AppendCertsFromPEM(f.CA) {
			return c, fmt.Errorf("%w: ca has no certificate in PEM form", ErrCredentials)
		}
	}
	return c, nil
}

func (f Files) readCertificate(ctx context.Context) ([]tls.Certificate, error) {
	chain, err := os.ReadFile(f.Certificate)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCredentials, err)
	}
	key, err := secret.Parse(f.Key)
	if err != nil {
		return nil, fmt.Errorf("%w: key: %w", ErrCredentials, err)
	}
	private, err := f.Secrets.Read(ctx, key, maxKeyFile)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCredentials, err)
	}
	pair, err := tls.X509KeyPair(chain, private)
	if err != nil {
		return nil, fmt.Errorf("%w: %s and %s: %w", ErrCredentials, f.Certificate, f.Key, err)
	}
	return []tls.Certificate{pair}, nil
}

func (f Files) readToken(ctx context.Context) (string, error) {
	reference, err := secret.Parse(f.Token)
	if err != nil {
		return "", fmt.Errorf("%w: token: %w", ErrCredentials, err)
	}
	token, err := f.Secrets.LastLine(ctx, reference)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrCredentials, err)
	}
	if strings.ContainsFunc(token, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return "", fmt.Errorf("%w: %s does not hold one line with a token and nothing else", ErrCredentials, f.Token)
	}
	return token, nil
}
