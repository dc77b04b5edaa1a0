package did

import (
	"crypto"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Caps on a chain of certificates.
const (
	maxChain       = 8
	maxCertificate = 16 << 10 // in base64
)

// ErrCertificate is the kind of every error about a chain of certificates.
var ErrCertificate = errors.New("not a usable certificate chain")

// Certified is a key for which a chain of certificates vouches, and the names
// that it may speak for: the subject alternative names of its certificate.
type Certified struct {
	Key      crypto.PublicKey
	DNSNames []string
	URIs     []string
}

// VerifyX5C returns what the chain says of the key in its first certificate:
// RFC 7515, section 4.1.6, and RFC 5280, section 6. The chain is in base64,
// each certificate followed by its issuer's, and leads to one of anchors at
// the time now. The key must be for digital signatures and not that of an
// authority. Nothing else is trusted or asked: no roots of the system, no
// authority for certificates that are missing or revoked.
func VerifyX5C(x5c []string, anchors *x509.CertPool, now time.Time) (*Certified, error) {
	if anchors == nil || now.IsZero() {
		return nil, fmt.Errorf("%w: give the anchors and the time", ErrCertificate) // in their place x509 would take its own
	}
	chain, err := parseX5C(x5c)
	if err != nil {
		return nil, err
	}
	leaf := chain[0]
	options := x509.VerifyOptions{
		Roots: anchors, Intermediates: x509.NewCertPool(), CurrentTime: now,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}, // no extended usage is defined for credentials
	}
	for _, c := range chain[1:] {
		options.Intermediates.AddCert(c)
	}
	built, err := leaf.Verify(options)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrCertificate, err)
	case !slices.ContainsFunc(built, func(b []*x509.Certificate) bool { return startsWith(b, chain) }):
		return nil, fmt.Errorf("%w: each certificate must be followed by its issuer's, and by no other", ErrCertificate)
	case leaf.IsCA || leaf.KeyUsage&x509.KeyUsageDigitalSignature == 0:
		return nil, fmt.Errorf("%w: the key is not for digital signatures", ErrCertificate)
	}
	certified := &Certified{Key: leaf.PublicKey, DNSNames: leaf.DNSNames}
	for _, u := range leaf.URIs {
		certified.URIs = append(certified.URIs, u.String())
	}
	return certified, nil
}

func parseX5C(x5c []string) ([]*x509.Certificate, error) {
	if len(x5c) == 0 || len(x5c) > maxChain {
		return nil, fmt.Errorf("%w: %d certificates, not 1 to %d", ErrCertificate, len(x5c), maxChain)
	}
	var chain []*x509.Certificate
	for i, text := range x5c {
		if len(text) > maxCertificate || strings.ContainsAny(text, "\r\n") {
			return nil, fmt.Errorf("%w: certificate %d is too long, or has line breaks", ErrCertificate, i)
		}
		der, err := base64.StdEncoding.Strict().DecodeString(text)
		if err != nil {
			return nil, fmt.Errorf("%w: certificate %d: %w", ErrCertificate, i, err)
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("%w: certificate %d: %w", ErrCertificate, i, err)
		}
		chain = append(chain, c)
	}
	return chain, nil
}

// startsWith tells whether the chain that was built is the one that was given,
// up to an anchor that may be left out of it.
func startsWith(built, given []*x509.Certificate) bool {
	return len(built) >= len(given) && slices.EqualFunc(built[:len(given)], given, (*x509.Certificate).Equal)
}
