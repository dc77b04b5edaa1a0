package access

import (
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/hex"
	"time"

	"github.com/chancery-vc/chancery/issuer/config"
)

// certificates finds callers by their client certificates, which TLS has held
// against roots.
type certificates struct {
	roots  *x509.CertPool
	bySum  map[string]string // SHA-256 in hexadecimal to name
	byName map[string]string // subject to name
	now    func() time.Time
}

func openCertificates(c *config.Config, e Environment) (*certificates, error) {
	all := &certificates{bySum: map[string]string{}, byName: map[string]string{}, now: e.Now}
	for _, caller := range c.Consult.Callers {
		switch known := caller.Certificate; {
		case known == nil:
		case known.SHA256 != "":
			all.bySum[known.SHA256] = caller.Name
		default:
			all.byName[known.Subject] = caller.Name
		}
	}
	var err error
	all.roots, err = readRoots(c, c.Access.ClientCA)
	return all, err
}

// caller returns whose certificate it is, nil being nobody's. A connection can
// outlast its certificate.
func (c *certificates) caller(shown *x509.Certificate) (string, error) {
	if shown == nil {
		return "", &Denied{Code: CodeNone, reason: "nothing says who asks"}
	}
	if now := c.now(); now.Before(shown.NotBefore) || now.After(shown.NotAfter) {
		return "", &Denied{Code: CodeNone, reason: "the client certificate is not valid now"}
	}
	sum := sha256.Sum256(shown.Raw)
	one, other := c.bySum[hex.EncodeToString(sum[:])], c.byName[subject(shown)]
	switch {
	case one == "" && other == "":
		return "", &Denied{Code: CodeNone, reason: "the client certificate is of nobody who may ask"}
	case one != "" && other != "":
		return "", &Denied{Code: CodeNone, reason: "two callers have the client certificate, one by sha256 and one by subject"}
	}
	return one + other, nil
}

// subject returns the distinguished name as it stands in the certificate, by RFC
// 2253; "" for none.
func subject(c *x509.Certificate) string {
	var name pkix.RDNSequence
	if rest, err := asn1.Unmarshal(c.RawSubject, &name); err != nil || len(rest) > 0 {
		return ""
	}
	return name.String()
}
