package access

import (
	"crypto/x509"
	"fmt"

	"github.com/chancery-vc/chancery/issuer/config"
)

// maxRootBytes caps a file of authorities.
const maxRootBytes = 1 << 20

// readRoots returns the authorities in a file, and those alone; nil, for the
// system's, if none is named.
func readRoots(c *config.Config, file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := c.Read(file, maxRootBytes)
	if err != nil {
		return nil, fmt.Errorf("authorities: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("authorities: %s has no certificate in PEM form", c.Path(file))
	}
	return roots, nil
}
