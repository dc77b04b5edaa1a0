package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"

	"github.com/chancery-vc/chancery/internal/web"
	"github.com/chancery-vc/chancery/issuer/config"
)

// askForCertificates has clients asked for a certificate of these authorities.
// They need not have one: wallets and browsers have none. One of another
// authority ends the connection. Without authorities nobody is asked.
func askForCertificates(server *http.Server, authorities *x509.CertPool) {
	if authorities != nil {
		server.TLSConfig.ClientCAs, server.TLSConfig.ClientAuth = authorities, tls.VerifyClientCertIfGiven
	}
}

// sameAuthorities returns an error unless next has the authorities that are
// asked for since the start: connections hold certificates against these.
func sameAuthorities(asked *x509.CertPool, next *config.Config) error {
	if next.Access.ClientCA == "" {
		return nil
	}
	pem, err := next.Read(next.Access.ClientCA, config.MaxFileBytes)
	if err != nil {
		return fmt.Errorf("access.client_ca: %w", err)
	}
	authorities, err := web.OnlyRoots(pem)
	if err != nil {
		return fmt.Errorf("access.client_ca: %s: %w", next.Access.ClientCA, err)
	}
	if !authorities.Equal(asked) {
		return fmt.Errorf("access.client_ca: what %s holds: %w", next.Access.ClientCA, errFixed)
	}
	return nil
}
