package timestamp

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"errors"
	"fmt"
	"slices"

	"github.com/digitorus/pkcs7"
	"github.com/digitorus/timestamp"

	"github.com/chancery-vc/chancery/issuer/anchor"
)

// ErrToken says that a token is not one of the configured authority for a
// checkpoint. What an authority refuses wraps it too.
var ErrToken = errors.New("the time-stamping authority's answer is no timestamp of this checkpoint")

func refused(format string, args ...any) error {
	return fmt.Errorf("%w: %w: %s", anchor.ErrRefused, ErrToken, fmt.Sprintf(format, args...))
}

// Object identifiers of RFC 3161, RFC 2634, RFC 5816 and RFC 5280.
var (
	oidTSTInfo            = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	oidSigningCertificate = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 12}
	oidSigningV2          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	oidExtendedKeyUsage   = asn1.ObjectIdentifier{2, 5, 29, 37}
)

// digests are what a token may be signed over: SHA-1, which the library knows
// too, has been broken.
var digests = []asn1.ObjectIdentifier{pkcs7.OIDDigestAlgorithmSHA256, pkcs7.OIDDigestAlgorithmSHA384, pkcs7.OIDDigestAlgorithmSHA512}

// parseAnswer reads a response (RFC 3161, section 2.4.2). What an authority
// says of a refusal is quoted.
func parseAnswer(answer []byte) (*timestamp.Timestamp, error) {
	return parse(timestamp.ParseResponse, answer)
}

// parse lets the library read what others wrote, some of which makes it panic.
func parse[T any](read func([]byte) (*T, error), data []byte) (value *T, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			value, err = nil, refused("it is not DER")
		}
	}()
	if value, err = read(data); err != nil {
		return nil, refused("%.200q", err)
	}
	return value, nil
}

// verify checks everything of a stamp that does not depend on when it was
// asked for. The library has checked its signature alone, and only if the token
// has certificates.
func (s *store) verify(stamp *timestamp.Timestamp, digest []byte) error {
	if stamp.HashAlgorithm != crypto.SHA256 || !bytes.Equal(stamp.HashedMessage, digest) {
		return refused("it is of something else")
	}
	if s.Policy != nil && !stamp.Policy.Equal(s.Policy) {
		return refused("it is under policy %s, not %s", stamp.Policy, s.Policy)
	}
	signed, err := parse(pkcs7.Parse, stamp.RawToken)
	if err != nil {
		return err
	}
	signer := signed.GetOnlySigner()
	if signer == nil {
		return refused("it does not have one signer with its certificate")
	}
	if err := checkSignature(signed, signer); err != nil {
		return err
	}
	return s.checkChain(stamp, signer)
}

// checkSignature checks what is signed beside the stamp: that it is one, and
// with which certificate (RFC 3161, section 2.4.1; RFC 5816, section 2.2.1).
func checkSignature(signed *pkcs7.PKCS7, signer *x509.Certificate) error {
	if err := signed.Verify(); err != nil {
		return refused("%.200q", err)
	}
	if found := signed.Signers[0].DigestAlgorithm.Algorithm; !slices.ContainsFunc(digests, found.Equal) {
		return refused("it is signed over a hash (%s) that is not SHA-256 or longer", found)
	}
	var contentType asn1.ObjectIdentifier
	if err := signed.UnmarshalSignedAttribute(pkcs7.OIDAttributeContentType, &contentType); err != nil || !contentType.Equal(oidTSTInfo) {
		return refused("what is signed is no timestamp")
	}
	return checkNamed(signed, signer)
}

// checkChain checks that the signer may stamp: its certificate comes from a
// root, was valid at the time, and is for nothing else (RFC 3161, section 2.3).
func (s *store) checkChain(stamp *timestamp.Timestamp, signer *x509.Certificate) error {
	intermediates := x509.NewCertPool()
	for _, certificate := range stamp.Certificates {
		intermediates.AddCert(certificate)
	}
	_, err := signer.Verify(x509.VerifyOptions{
		Roots: s.Roots, Intermediates: intermediates, CurrentTime: stamp.Time, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageTimeStamping},
	})
	if err != nil {
		return fmt.Errorf("%w: %w: the signer's certificate: %w", anchor.ErrRefused, ErrToken, err)
	}
	if len(signer.ExtKeyUsage) != 1 || len(signer.UnknownExtKeyUsage) != 0 || !usageIsCritical(signer) {
		return refused("the signer's certificate is not for time-stamping alone")
	}
	return nil
}

func usageIsCritical(certificate *x509.Certificate) bool {
	for _, extension := range certificate.Extensions {
		if extension.Id.Equal(oidExtendedKeyUsage) {
			return extension.Critical
		}
	}
	return false
}
