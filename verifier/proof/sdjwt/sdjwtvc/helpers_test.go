package sdjwtvc_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"net/url"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/verifier/proof/sdjwt"
	"github.com/chancery-vc/chancery/verifier/proof/sdjwt/sdjwtvc"
)

const (
	issuerURL  = "https://registry.example/land"
	residence  = "https://registry.example/types/residence"
	integrity  = "vct#integrity"
	metadataAt = "https://registry.example/.well-known/jwt-vc-issuer/land"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// issuance has a claim to withhold, and the claims given over its own.
func issuance(t testing.TB, key crypto.Signer, claims map[string]any) sdjwt.Issuance {
	t.Helper()
	all := map[string]any{"iss": issuerURL, "vct": residence, "name": "Ana", "address": map[string]any{"street": "A", "city": "B"}}
	maps.Copy(all, claims)
	maps.DeleteFunc(all, func(_ string, value any) bool { return value == nil })
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return sdjwt.Issuance{
		Claims: text, Selective: []string{"/name"}, Header: map[string]any{"kid": "1"},
		Algorithm: sdjwt.ES256, Signer: key, Random: rand.Reader,
	}
}

func issue(t testing.TB, in sdjwt.Issuance) *sdjwt.Token {
	t.Helper()
	token, err := sdjwtvc.Issue(in)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// forge issues what [sdjwtvc.Issue] would not.
func forge(t testing.TB, in sdjwt.Issuance) *sdjwt.Token {
	t.Helper()
	if in.Type == "" {
		in.Type = sdjwtvc.Type
	}
	token, err := sdjwt.Issue(in)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// policy accepts what issuerURL issued with key, found in its metadata.
func policy(t testing.TB, key crypto.Signer) sdjwtvc.Policy {
	return sdjwtvc.Policy{
		Now: now, Types: []string{sdjwtvc.Type},
		Credential: sdjwtvc.Expect(residence), Issuer: sdjwtvc.Expect(issuerURL),
		Finders: []sdjwtvc.Finder{sdjwtvc.Metadata{Fetch: site{
			metadataAt: fmt.Sprintf(`{"issuer":%q,"jwks":{"keys":[%s]}}`, issuerURL, jwk(t, key.Public(), `,"kid":"1"`)),
		}.fetch}},
		Algorithms: []string{sdjwt.ES256}, KeyBinding: sdjwt.RefuseKeyBinding(),
	}
}

func jwk(t testing.TB, key crypto.PublicKey, more string) string {
	t.Helper()
	point, err := key.(*ecdsa.PublicKey).Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(`{"kty":"EC","crv":"P-256","x":%q,"y":%q%s}`,
		base64.RawURLEncoding.EncodeToString(point[1:33]), base64.RawURLEncoding.EncodeToString(point[33:]), more)
}

// site is a web of documents.
type site map[string]string

func (s site) fetch(_ context.Context, address string) ([]byte, error) {
	text, ok := s[address]
	if !ok {
		return nil, fmt.Errorf("404 for %s", address)
	}
	return []byte(text), nil
}

// certificate returns one that signs itself, and the anchors that it makes.
func certificate(t testing.TB, key crypto.Signer, hosts []string, uris ...string) (string, *x509.CertPool) {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, DNSNames: hosts,
	}
	for _, uri := range uris {
		u, err := url.Parse(uri)
		if err != nil {
			t.Fatal(err)
		}
		template.URIs = append(template.URIs, u)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	anchors := x509.NewCertPool()
	anchors.AddCert(parsed)
	return base64.StdEncoding.EncodeToString(der), anchors
}
