package deptest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"go/constant"
	"go/types"
	"math/big"
	"testing"
	"time"

	"golang.org/x/tools/go/packages"

	"github.com/chancery-vc/chancery/verifier/did"
)

// TestCertificateAlgorithms signs a chain with each algorithm that crypto/x509
// knows, by an authority with each kind of key: those that were allowed are
// accepted, and no other.
func TestCertificateAlgorithms(t *testing.T) {
	algorithms := numbered(t, "SignatureAlgorithm")
	wantDecided(t, known(t, "crypto/x509", "SignatureAlgorithm"), certificateSignatures)
	wantDecided(t, known(t, "crypto/x509", "PublicKeyAlgorithm"), certificateKeys)
	keys := map[string]crypto.Signer{}
	for name, generate := range map[string]func() (crypto.Signer, error){
		"RSA":     func() (crypto.Signer, error) { return rsa.GenerateKey(rand.Reader, 2048) },
		"ECDSA":   func() (crypto.Signer, error) { return ecdsa.GenerateKey(elliptic.P384(), rand.Reader) },
		"Ed25519": func() (crypto.Signer, error) { _, key, err := ed25519.GenerateKey(rand.Reader); return key, err },
	} {
		key, err := generate()
		if err != nil {
			t.Fatal(err)
		}
		keys[name] = key
	}
	kinds := map[string]bool{}
	for name, d := range certificateSignatures {
		accepted := false
		for kind, key := range keys {
			if chainIsAccepted(t, key, x509.SignatureAlgorithm(algorithms[name])) {
				accepted, kinds[kind] = true, true
			}
		}
		// x509 takes the number of none for "choose one", as an issuer.
		if name != "UnknownSignatureAlgorithm" && accepted != d.allowed {
			t.Errorf("%s: allowed %v, accepted %v", name, d.allowed, accepted)
		}
	}
	for name, d := range certificateKeys {
		if kinds[name] != d.allowed {
			t.Errorf("keys of %s: allowed %v, accepted %v", name, d.allowed, kinds[name])
		}
	}
}

// numbered returns the constants of a type of crypto/x509.
func numbered(t *testing.T, typeName string) map[string]int {
	t.Helper()
	scope := load(t, packages.NeedTypes, "crypto/x509")[0].Types.Scope()
	numbers := map[string]int{}
	for _, name := range known(t, "crypto/x509", typeName) {
		number, _ := constant.Int64Val(scope.Lookup(name).(*types.Const).Val())
		numbers[name] = int(number)
	}
	return numbers
}

// chainIsAccepted tells whether a certificate that key signed with algorithm is
// accepted; one that cannot even be made is not.
func chainIsAccepted(t *testing.T, key crypto.Signer, algorithm x509.SignatureAlgorithm) bool {
	t.Helper()
	now := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	authority := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotBefore: now, NotAfter: now.Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, authority, authority, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	if authority, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), NotBefore: now, NotAfter: now.Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
		SignatureAlgorithm: algorithm,
	}
	public, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if der, err = x509.CreateCertificate(rand.Reader, leaf, authority, public, key); err != nil {
		return false
	}
	anchors := x509.NewCertPool()
	anchors.AddCert(authority)
	_, err = did.VerifyX5C([]string{base64.StdEncoding.EncodeToString(der)}, anchors, now)
	return err == nil
}
