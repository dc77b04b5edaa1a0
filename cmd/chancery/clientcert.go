package main

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
)

// askForCertificates has clients asked for a certificate of these authorities.
// They need not have one: wallets and browsers have none. One of another
// authority ends the connection. Without authorities nobody is asked.
func askForCertificates(server *http.Server, authorities *x509.CertPool) {
	if authorities != nil {
		server.TLSConfig.ClientCAs, server.TLSConfig.ClientAuth = authorities, tls.VerifyClientCertIfGiven
	}
}
