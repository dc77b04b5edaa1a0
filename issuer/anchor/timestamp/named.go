package timestamp

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"

	"github.com/digitorus/pkcs7"
)

// signingCertificateV2 is the attribute of RFC 5035, section 3. Its first entry
// names the signer's certificate.
type signingCertificateV2 struct {
	Certs    []certificateID
	Policies asn1.RawValue `asn1:"optional"`
}

type certificateID struct {
	Hash   pkix.AlgorithmIdentifier `asn1:"optional"` // left out for SHA-256
	Digest []byte
	Issuer asn1.RawValue `asn1:"optional"`
}

// checkNamed checks that the signature names the certificate it is checked
// with, so that no other one for the same key takes its place. An authority
// that names it by SHA-1 alone, as before RFC 5816, is not believed.
func checkNamed(signed *pkcs7.PKCS7, signer *x509.Certificate) error {
	var attribute signingCertificateV2
	if err := signed.UnmarshalSignedAttribute(oidSigningV2, &attribute); err != nil {
		var old asn1.RawValue
		if signed.UnmarshalSignedAttribute(oidSigningCertificate, &old) == nil {
			return refused("its signature names the signer's certificate by SHA-1 alone; ask for an authority that follows RFC 5816")
		}
		return refused("its signature does not name the signer's certificate")
	}
	if len(attribute.Certs) == 0 || !attribute.Certs[0].matches(signer) {
		return refused("its signature names another certificate")
	}
	return nil
}

func (c certificateID) matches(certificate *x509.Certificate) bool {
	switch {
	case c.Hash.Algorithm == nil, c.Hash.Algorithm.Equal(pkcs7.OIDDigestAlgorithmSHA256):
		sum := sha256.Sum256(certificate.Raw)
		return bytes.Equal(c.Digest, sum[:])
	case c.Hash.Algorithm.Equal(pkcs7.OIDDigestAlgorithmSHA384):
		sum := sha512.Sum384(certificate.Raw)
		return bytes.Equal(c.Digest, sum[:])
	case c.Hash.Algorithm.Equal(pkcs7.OIDDigestAlgorithmSHA512):
		sum := sha512.Sum512(certificate.Raw)
		return bytes.Equal(c.Digest, sum[:])
	}
	return false
}
