package mysql

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"

	"github.com/go-sql-driver/mysql"

	"github.com/chancery-vc/chancery/issuer/source"
)

// What a DSN may say behind its question mark. Not among them is anything that
// the library would take there: the password is in a file, and the settings of
// the session are ours.
const (
	paramTLS  = "tls" // true
	paramCA   = "ssl-ca"
	paramCert = "ssl-cert"
	paramKey  = "ssl-key"
)

// parse never quotes a DSN that it refuses: it may hold a password after all.
func parse(o Options) (*mysql.Config, error) {
	where, params, _ := strings.Cut(o.DSN, "?")
	config, err := mysql.ParseDSN(where)
	if err != nil || config.Passwd != "" || config.User == "" || config.DBName == "" || (config.Net != "unix" && config.Net != "tcp") {
		return nil, refuse("it is not user@unix(/path/of/socket)/database or user@tcp(host:port)/database; the password is in the file that password_file names")
	}
	if config.TLS, err = parseTLS(params); err != nil {
		return nil, err
	}
	if config.Net == "unix" && config.TLS != nil {
		return nil, refuse("TLS is for tcp: what goes through a socket does not leave this machine")
	}
	if config.Net == "tcp" && config.TLS == nil && !here(config.Addr) {
		return nil, refuse("%s is another machine: add ?tls=true, and &ssl-ca= with the file of the authority that certifies it", url.PathEscape(config.Addr))
	}
	if o.Password != nil {
		err = config.Apply(mysql.BeforeConnect(func(ctx context.Context, c *mysql.Config) (err error) {
			c.Passwd, err = o.Password(ctx)
			return err
		}))
	}
	config.Logger = &mysql.NopLogger{}
	config.WriteTimeout = readTimeout // for saying goodbye, which has no deadline of its own
	config.DialFunc = dial
	return config, err
}

func refuse(format string, args ...any) error {
	return fmt.Errorf("%w: dsn: %s", source.ErrUnavailable, fmt.Sprintf(format, args...))
}

// here tells whether an address is this machine's.
func here(address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}

// parseTLS wants a server to show who it is, if it is to be TLS at all: who is
// in between could otherwise have the password, and write the register.
func parseTLS(params string) (*tls.Config, error) {
	if params == "" {
		return nil, nil
	}
	values, err := url.ParseQuery(params)
	if err != nil {
		return nil, refuse("what is behind its question mark cannot be read")
	}
	files := map[string]string{}
	for name, each := range values {
		switch {
		case len(each) == 1 && name == paramTLS && each[0] == "true":
		case len(each) == 1 && (name == paramCA || name == paramCert || name == paramKey) && each[0] != "":
			files[name] = each[0]
		default:
			return nil, refuse("behind its question mark it can say tls=true, ssl-ca, ssl-cert and ssl-key, each once")
		}
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	return config, errors.Join(addRoots(config, files[paramCA]), addCertificate(config, files[paramCert], files[paramKey]))
}

func addRoots(config *tls.Config, path string) error {
	if path == "" {
		return nil // the system's
	}
	pem, err := os.ReadFile(path)
	if err != nil {
		return refuse("ssl-ca cannot be read: %v", err)
	}
	config.RootCAs = x509.NewCertPool()
	if !config.RootCAs.AppendCertsFromPEM(pem) {
		return refuse("ssl-ca holds no certificate in PEM")
	}
	return nil
}

func addCertificate(config *tls.Config, cert, key string) error {
	if cert == "" && key == "" {
		return nil
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return refuse("ssl-cert and ssl-key are not a certificate and its key that can be read")
	}
	config.Certificates = []tls.Certificate{pair}
	return nil
}
